// Cut-outs of a catalogue from a service that fails now and then: every object ends on disk or in the journal with its reason.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encodeFitsImage } from '@astronomaly/fits'
import { readImage } from '@astronomaly/io/node'
import { legacySurveyUrl, urlTemplate } from '@astronomaly/survey'
import { downloadCutouts, downloadTable } from '@astronomaly/survey/node'

// In earnest the addresses are those of the survey's own service:
console.log(legacySurveyUrl({ raDeg: 150.1, decDeg: 2.2, size: 150, layer: 'ls-dr10', bands: 'grz' }))

// Here a small service of this machine stands in for it: every fifth object is refused at first, one does not exist, and one is a web page for now.
let maintained = true
const asked = new Map<string, number>()
const server = createServer((request, response) => {
  const place = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ra') ?? ''
  const times = (asked.get(place) ?? 0) + 1
  asked.set(place, times)
  const ra = Number(place)
  if (ra === 13) response.writeHead(404).end('Not in the footprint')
  else if (ra === 21 && maintained) response.end('<html>The service is being maintained</html>')
  else if (ra % 5 === 0 && times === 1) response.writeHead(503, { 'retry-after': '0' }).end()
  else response.end(encodeFitsImage({ data: new Float32Array(3 * 30 * 30).fill(ra), shape: [3, 30, 30] }))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo

const cutout = urlTemplate(`http://127.0.0.1:${port}/fits-cutout?ra={ra}&dec={dec}&size={size}`)
const catalogue = Array.from({ length: 40 }, (_, i) => ({ id: `J${i}+01`, ra: i, dec: 1 }))
function* requests() {
  for (const { id, ra, dec } of catalogue) yield { id, url: cutout({ ra, dec, size: 30 }) }
}
const options = { folder: 'cutouts', concurrency: 4, requestsPerSecond: 500, retries: 2, baseDelayMs: 5 }

const summary = await downloadCutouts(requests(), options)
console.log(`${summary.downloaded} of ${summary.objects} cut-outs, ${summary.bytes} bytes; failed: `, summary.reasons)
assert.deepEqual([summary.downloaded, summary.failed], [38, 2])

// The journal is a table: what became of each object.
const { columns } = await downloadTable('cutouts')
const column = (name: string) => Array.from(columns.get(name)?.values as ArrayLike<string>)
for (const [row, id] of column('id').entries()) {
  if (column('outcome')[row] === 'failed') console.log(`${id}: ${column('message')[row]}`)
}

// Again, as after a crash: what is there is kept, what failed for good is not asked for again, and the web page was the service's.
maintained = false
asked.clear()
const again = await downloadCutouts(requests(), options)
assert.deepEqual([again.kept, again.downloaded, again.failed], [38, 1, 1])
assert.deepEqual([...asked], [['21', 1]])

const row = column('id').indexOf('J7+01')
const { image } = await readImage(`cutouts/${column('file')[row]}`)
console.log(`${column('file')[row]}: ${image.shape.join(' x ')}`)
assert.equal(image.data[0], 7)
server.close()
server.closeAllConnections()
