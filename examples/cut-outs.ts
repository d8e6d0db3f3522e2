// Cut-outs from mosaics: two bands with grids of their own, sizes by the paper's equation 1, files that say where they are.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { encodeFitsImage, readFitsImage, wcsFromHeader } from '@astronomaly/fits'
import { cutoutSide } from '@astronomaly/io'
import { openMosaicFiles, writeCutouts } from '@astronomaly/io/node'

/** A mosaic of 600 by 600 pixels of 0.262 arcsec with a galaxy in its middle, turned by an angle. */
function mosaic(band: string, turn: number): Uint8Array {
  const [size, scale] = [600, 0.262 / 3600]
  const data = new Float32Array(size * size)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) data[y * size + x] = Math.exp(-Math.hypot(x - 300, y - 300) / 8)
  }
  const [cos, sin] = [scale * Math.cos(turn), scale * Math.sin(turn)]
  const cards = {
    FILTER: band,
    CTYPE1: 'RA---TAN',
    CTYPE2: 'DEC--TAN',
    CRVAL1: 150,
    CRVAL2: 2,
    CRPIX1: 301,
    CRPIX2: 301,
    CD1_1: -cos,
    CD1_2: sin,
    CD2_1: sin,
    CD2_2: cos,
  }
  const header = Object.entries(cards).map(([keyword, value]) => ({ keyword, value }))
  return encodeFitsImage({ data, shape: [size, size], header })
}

await mkdir('mosaics')
await writeFile('mosaics/field-g.fits', mosaic('g', 0))
await writeFile('mosaics/field-r.fits', mosaic('r', 0.3))

const mosaics = await openMosaicFiles('mosaics', { maxOpenFiles: 16 })
const sidePixels = cutoutSide({ psfSigma: 2.1, halfLightRadius: 13 })
const objects = [
  { id: 'galaxy', raDeg: 150, decDeg: 2, sidePixels },
  { id: 'sky', raDeg: 150.015, decDeg: 2.01, sidePixels },
  { id: 'elsewhere', raDeg: 12, decDeg: -60, sidePixels },
]
const statuses: string[] = []
for await (const result of writeCutouts(mosaics, objects, 'cut-outs', { interpolation: 'bicubic', layout: 'flat' })) {
  statuses.push(result.status)
  console.log(result.id, result.status, result.status === 'rejected' ? result.message : result.path)
}
await mosaics.close()
assert.deepEqual(statuses, ['written', 'written', 'rejected'])

const { data, shape, header } = await readFitsImage(await readFile('cut-outs/galaxy.fits'))
console.log(`${sidePixels} pixels became [${shape}]`)
assert.deepEqual(shape, [2, 150, 150])
const place = wcsFromHeader(header)?.skyToPixel(150, 2)
assert.ok(place && Math.hypot(place.x - 74.5, place.y - 74.5) < 1e-6)
const [g, r] = [data[75 * 150 + 75] as number, data[150 * 150 + 75 * 150 + 75] as number]
assert.ok(Math.abs(g - r) < 0.1) // both bands have the galaxy in the same place
