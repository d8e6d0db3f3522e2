import { getEventListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FormatError, ParameterError, RequestError, type Warning } from '@astronomaly/core'
import { RateLimiter } from '@astronomaly/core/http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Cone, coneSearch, coneSearches } from '../../src/services/cone-search.ts'

const fast = { retries: 1, baseDelayMs: 1, maxDelayMs: 2 }
const field = (name: string, ucd: string, type = 'double'): string =>
  `<FIELD name="${name}" ucd="${ucd}" datatype="${type}"/>`
const positions = field('alpha', 'pos.eq.ra;meta.main') + field('delta', 'pos.eq.dec;meta.main')
const tableOf = (fields: string, rows: readonly (readonly (string | number)[])[], info = ''): string => {
  const cells = rows.map((row) => `<TR>${row.map((cell) => `<TD>${cell}</TD>`).join('')}</TR>`).join('')
  const data = `<TABLE>${fields}<DATA><TABLEDATA>${cells}</TABLEDATA></DATA></TABLE>`
  return `<VOTABLE version="1.4"><RESOURCE type="results">${data}${info}</RESOURCE></VOTABLE>`
}

let answer: (url: URL, count: number) => { status?: number; body: string }
const asked: URL[] = []
let active = 0
let most = 0
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  asked.push(url)
  active++
  most = Math.max(most, active)
  setTimeout(() => {
    active--
    const { status = 200, body } = answer(url, asked.length)
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
  }, 2)
})
let base = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cone`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
afterEach(() => {
  asked.length = 0
  most = 0
})

const cone: Cone = { raDeg: 10, decDeg: 60, radiusDeg: 1 }

describe('coneSearch', () => {
  it('asks by RA, DEC, SR and VERB in plain digits, and keeps what the address has', async () => {
    answer = () => ({ body: tableOf(positions, []) })
    await coneSearch(
      `${base}?cat=II/246&`,
      { raDeg: -0.1, decDeg: -1e-7, radiusDeg: 2.5e-4 },
      { verbosity: 3, maxRows: 10 },
    )
    expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({
      cat: 'II/246',
      RA: '359.9',
      DEC: '-0.0000001',
      SR: '0.00025',
      VERB: '3',
      MAXREC: '10',
    })
  })

  it('adds the separation from the centre, in the service’s order', async () => {
    answer = () => ({
      body: tableOf(field('n', 'meta.id', 'int') + positions, [
        [1, 10.5, 60],
        [2, 10, 59.5],
        [3, 'NaN', 1],
      ]),
    })
    const table = await coneSearch(base, cone)
    expect([...table.columns.keys()]).toEqual(['n', 'alpha', 'delta', 'separation_deg'])
    const { values, unit } = table.columns.get('separation_deg') ?? { values: [] }
    // Half a degree of right ascension at declination 60 is a quarter of a degree, less the great circle's bend (5e-4).
    expect(Math.abs(Number(values[0]) - 0.25)).toBeLessThan(5e-4)
    // Along a meridian the angle is the difference, to rounding.
    expect(Math.abs(Number(values[1]) - 0.5)).toBeLessThan(1e-12)
    expect(values[2]).toBeNaN()
    expect(unit).toBe('deg')
    expect(table.overflow).toBe(false)
  })

  it('finds positions by either form of UCD, else by usual names', async () => {
    for (const [ra, dec] of [
      [field('a', 'POS_EQ_RA_MAIN'), field('d', 'POS_EQ_DEC_MAIN')],
      [field('_RAJ2000', ''), field('_DEJ2000', '')],
      [field('RA', 'x'), field('DEC', 'x')],
    ]) {
      answer = () => ({ body: tableOf(`${ra}${dec}`, [[10, 60]]) })
      expect((await coneSearch(base, cone)).columns.get('separation_deg')?.values).toEqual(Float64Array.of(0))
    }
    answer = () => ({ body: tableOf(field('separation_deg', 'x') + positions, [[5, 10, 60]]) })
    expect([...(await coneSearch(base, cone)).columns.keys()]).toEqual([
      'separation_deg',
      'alpha',
      'delta',
      'separation_deg_',
    ])
    answer = () => ({ body: tableOf(field('x', 'y'), [[1]]) })
    await expect(coneSearch(base, cone)).rejects.toThrow('answer must have a column of pos.eq.ra;meta.main')
  })

  it('gives no rows when nothing is found, with or without a table', async () => {
    answer = () => ({ body: tableOf(positions, []) })
    expect(await coneSearch(base, cone)).toMatchObject({ rowCount: 0, overflow: false })
    answer = () => ({ body: '<VOTABLE><RESOURCE/></VOTABLE>' })
    expect(await coneSearch(base, cone)).toEqual({ rowCount: 0, columns: new Map(), overflow: false })
  })

  it('throws the service’s words, however it says them', async () => {
    for (const body of [
      '<VOTABLE><INFO ID="Error" name="Error" value="Field RA: bad literal"/><RESOURCE/></VOTABLE>',
      '<VOTABLE><PARAM name="Error" datatype="char" arraysize="*" value="Field RA: bad literal"/><RESOURCE/></VOTABLE>',
      '<VOTABLE><RESOURCE><PARAM name="error" datatype="char" arraysize="*" value="Field RA: bad literal"/></RESOURCE></VOTABLE>',
      '<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">Field RA: bad literal</INFO></RESOURCE></VOTABLE>',
    ]) {
      for (const status of [200, 400]) {
        answer = () => ({ status, body })
        const error = await coneSearch(base, cone).catch((reason: unknown) => reason)
        expect(error, body).toBeInstanceOf(RequestError)
        expect((error as Error).message, body).toContain('It says: Field RA: bad literal (status')
      }
    }
  })

  it('tells of columns that had a name twice', async () => {
    answer = () => ({ body: tableOf(positions + field('mag', '') + field('mag', ''), [[10, 60, 1, 2]]) })
    const warnings: string[] = []
    const onWarning = ({ message }: Warning): void => void warnings.push(message)
    const { columns } = await coneSearch(base, cone, { onWarning })
    expect([...columns.keys()]).toEqual(['alpha', 'delta', 'mag', 'mag_4', 'separation_deg'])
    for await (const { table } of coneSearches(base, [cone], { onWarning })) expect(table?.rowCount).toBe(1)
    expect(warnings).toEqual(Array(2).fill(expect.stringContaining('mag as mag_4')))
  })

  it('says when there are more, and refuses what is no VOTable', async () => {
    answer = () => ({ body: tableOf(positions, [[10, 60]], '<INFO name="QUERY_STATUS" value="OVERFLOW"/>') })
    expect((await coneSearch(base, cone)).overflow).toBe(true)
    answer = () => ({ body: '<!DOCTYPE html><html><body>Sorry<br></body></html>' })
    await expect(coneSearch(base, cone)).rejects.toThrow(FormatError)
    answer = () => ({ body: 'ra,dec\n1,2\n' })
    await expect(coneSearch(base, cone)).rejects.toThrow(FormatError)
  })

  it('knows the addresses of SIMBAD and VizieR', async () => {
    const urls: string[] = []
    const fetch = (async (url: string) => {
      urls.push(url)
      return new Response(tableOf(positions, []))
    }) as typeof globalThis.fetch
    await coneSearch('simbad', cone, { request: { fetch } })
    await coneSearch({ vizier: 'J/MNRAS/529/732/table-1' }, cone, { request: { fetch } })
    expect(urls).toEqual([
      'https://simbad.cds.unistra.fr/cone?RA=10&DEC=60&SR=1',
      'https://vizier.cds.unistra.fr/viz-bin/conesearch/J/MNRAS/529/732/table-1?RA=10&DEC=60&SR=1',
    ])
  })

  it('refuses cones, services and options that are none', async () => {
    for (const bad of [
      coneSearch(base, { ...cone, raDeg: Number.NaN }),
      coneSearch(base, { ...cone, decDeg: 91 }),
      coneSearch(base, { ...cone, radiusDeg: 0 }),
      coneSearch(base, cone, { verbosity: 4 as 3 }),
      coneSearch(base, cone, { verb: 1 } as object),
      coneSearch('sinbad', cone),
      coneSearch({ vizier: '../../evil' }, cone),
      coneSearch({ vizier: 'II/../246' }, cone),
      coneSearch({ vizier: 'II/246?x=1' }, cone),
    ]) {
      await expect(bad).rejects.toThrow(ParameterError)
    }
    expect(asked).toEqual([])
  })
})

describe('coneSearches', () => {
  const cones = Array.from({ length: 7 }, (_, i): Cone => ({ raDeg: 10 * i, decDeg: 0, radiusDeg: 1 }))
  const request = { ...fast, limiter: new RateLimiter({}) }

  it('gives the answers in the order of the cones, never more at once than it may', async () => {
    answer = (url) => ({ body: tableOf(positions, [[Number(url.searchParams.get('RA')) + 0.5, 0]]) })
    const ras: unknown[] = []
    for await (const { index, cone, table } of coneSearches(base, cones, { concurrency: 3, request })) {
      expect(cone).toBe(cones[index])
      ras.push(table?.columns.get('alpha')?.values[0])
    }
    expect(ras).toEqual(cones.map(({ raDeg }) => raDeg + 0.5))
    expect(most).toBeLessThanOrEqual(3)
  })

  it('ends at a failure, or hands it out and goes on', async () => {
    answer = (url) =>
      url.searchParams.get('RA') === '20' ? { status: 400, body: 'no' } : { body: tableOf(positions, []) }
    const indices: number[] = []
    const run = async (failures: 'throw' | 'yield'): Promise<unknown[]> => {
      const errors: unknown[] = []
      for await (const { index, error } of coneSearches(base, cones, { failures, request })) {
        indices.push(index)
        if (error !== undefined) errors.push(index)
      }
      return errors
    }
    await expect(run('throw')).rejects.toThrow('It says: no (status 400')
    expect(indices).toEqual([0, 1])
    expect(await run('yield')).toEqual([2])
  })

  it('runs dozens at a time, ends all of them with the signal’s reason, and leaves no listener behind', async () => {
    const warnings: Error[] = []
    const keep = (warning: Error): unknown => warnings.push(warning)
    process.on('warning', keep)
    const controller = new AbortController()
    let open = 0
    const fetch = ((_: string, { signal }: RequestInit) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        if (++open === 30) controller.abort(reason)
      })) as unknown as typeof globalThis.fetch
    const reason = new Error('enough')
    const many = Array.from({ length: 100 }, () => cone)
    const options = { concurrency: 30, requestsPerSecond: 1e6, failures: 'yield', signal: controller.signal } as const
    await expect(coneSearches(base, many, { ...options, request: { fetch } }).next()).rejects.toBe(reason)
    expect(open).toBe(30)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    // Node tells of listeners that may be a leak in the next turn.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', keep)
    expect(warnings).toEqual([])
  })

  it('gives up the searches under way when it is left early, and ends with the signal’s reason', async () => {
    answer = () => ({ body: tableOf(positions, []) })
    for await (const _ of coneSearches(base, cones, { concurrency: 2, request })) break
    expect(asked.length).toBeLessThanOrEqual(2)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(coneSearches(base, cones, { failures: 'yield', request, signal }).next()).rejects.toBe(reason)
  })

  it('keeps to a rate', async () => {
    answer = () => ({ body: tableOf(positions, []) })
    const begun = performance.now()
    for await (const { error } of coneSearches(base, cones.slice(0, 4), { requestsPerSecond: 50, request: fast })) {
      expect(error).toBeUndefined()
    }
    // Three gaps of 20 ms between four starts; timers may be early by less than 1 ms each.
    expect(performance.now() - begun).toBeGreaterThan(57)
  })
})
