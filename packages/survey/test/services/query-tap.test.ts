import { FormatError, ParameterError, RequestError, type Warning } from '@astronomaly/core'
import { afterEach, describe, expect, it } from 'vitest'
import { queryTap } from '../../src/services/query-tap.ts'
import type { TapOptions } from '../../src/services/service-options.ts'
import { readPhase } from '../../src/services/uws-job.ts'
import type { SqlValue } from '../selection/sql-condition.ts'
import { serveTap, type TapServer, type TapServerOptions } from './tap-server.ts'

const rows: Record<string, SqlValue>[] = Array.from({ length: 9 }, (_, i) => ({
  id: 9_906_620_910_080_001n + BigInt(i),
  ra: i === 4 ? null : i / 4,
  name: i === 2 ? null : `NGC ${i}`,
}))
const query = 'SELECT id, ra, name FROM t WHERE ra >= 0.5'
const fast = { retries: 2, baseDelayMs: 1, maxDelayMs: 2 }
const quick: TapOptions = { mode: 'async', pollMs: 1, maxPollMs: 3, request: fast }

let server: TapServer | undefined
const serve = async (options: Partial<TapServerOptions> = {}): Promise<TapServer> => {
  server = await serveTap({ rows, ...options })
  return server
}
afterEach(async () => {
  await server?.close()
  server = undefined
})

const expected = {
  id: [
    '9906620910080003',
    '9906620910080004',
    '9906620910080006',
    '9906620910080007',
    '9906620910080008',
    '9906620910080009',
  ],
  ra: Float64Array.of(0.5, 0.75, 1.25, 1.5, 1.75, 2),
  name: ['', 'NGC 3', 'NGC 5', 'NGC 6', 'NGC 7', 'NGC 8'],
}

describe('queryTap', () => {
  it.each(['votable', 'csv', 'fits'] as const)(
    'gives the table of an answer in %s, 64-bit integers exactly',
    async (format) => {
      const { url } = await serve()
      const table = await queryTap(url, query, { format })
      expect(Object.fromEntries([...table.columns].map(([name, { values }]) => [name, values]))).toEqual(expected)
      expect(table.overflow).toBe(format === 'votable' ? false : undefined)
    },
  )

  it('sends the query as a form, with its limit', async () => {
    const { url, asked, headers } = await serve()
    await queryTap(`${url}/`, query, { maxRows: 50, request: { headers: { authorization: 'Bearer x' } } })
    expect(asked).toEqual(['POST /tap/sync'])
    expect(headers[0]).toMatchObject({
      'content-type': expect.stringContaining('application/x-www-form-urlencoded'),
      authorization: 'Bearer x',
    })
  })

  it('says when rows are missing, as far as the format lets it', async () => {
    const { url } = await serve({ limit: 4 })
    expect(await queryTap(url, query)).toMatchObject({ rowCount: 4, overflow: true })
    expect(await queryTap(url, query, { maxRows: 3 })).toMatchObject({ rowCount: 3, overflow: true })
    expect(await queryTap(url, query, { maxRows: 3, format: 'csv' })).toMatchObject({ rowCount: 3, overflow: true })
    expect(await queryTap(url, query, { maxRows: 9, format: 'csv' })).toMatchObject({ rowCount: 4, overflow: false })
    expect(await queryTap(url, query, { format: 'csv' })).toMatchObject({ overflow: undefined })
  })

  it.each(['votable', 'csv', 'fits'] as const)(
    'throws the service’s own words, whatever the status (%s)',
    async (format) => {
      const { url } = await serve()
      for (const [text, status] of [
        ['BAD', 400],
        ['BAD 200', 200],
      ] as const) {
        const error = await queryTap(url, text, { format }).catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(RequestError)
        expect(error).toMatchObject({ reason: 'status', status, retryable: false })
        expect((error as Error).message).toContain('Encountered "BAD". Was expecting: SELECT')
      }
    },
  )

  it('tells of columns that are left out or had a name twice, by either way', async () => {
    const answers = {
      csv: 'a,a\n1,2\n',
      votable:
        '<VOTABLE><RESOURCE type="results"><TABLE><FIELD name="a" datatype="int"/><FIELD name="a" datatype="int"/><DATA><TABLEDATA><TR><TD>1</TD><TD>2</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>',
    }
    for (const format of ['csv', 'votable'] as const) {
      const warnings: string[] = []
      const onWarning = ({ message }: Warning): void => void warnings.push(message)
      const send = async () => new Response(answers[format])
      const { columns } = await queryTap('http://localhost/tap', query, { format, onWarning, request: { fetch: send } })
      expect([...columns.keys()]).toEqual(['a', 'a_2'])
      expect(warnings).toEqual([expect.stringContaining('a as a_2')])
    }
  })

  it('tries again after 503, 500 and an answer that breaks off', async () => {
    for (const fault of ['unavailable', 'broken', 'cut'] as const) {
      const { url, asked, close } = await serve({ fault: (_, __, count) => (count === 1 ? fault : undefined) })
      expect((await queryTap(url, query, { request: fast })).rowCount, fault).toBe(6)
      expect(asked.length, fault).toBe(2)
      await close()
    }
  })

  it('throws what the last answer says when the service stays broken', async () => {
    const { url, asked } = await serve({ fault: () => 'broken' })
    const error = await queryTap(url, query, { request: fast }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ reason: 'status', status: 500, retryable: true, attempts: 3 })
    expect((error as Error).message).toContain('It says: Stack trace (')
    expect(asked.length).toBe(3)
  })

  it('takes a page of HTML for damage and a refusal for one', async () => {
    const { url, close } = await serve({ fault: () => 'html' })
    for (const format of ['votable', 'csv', 'fits'] as const) {
      await expect(queryTap(url, query, { format })).rejects.toThrow(FormatError)
    }
    await close()
    const other = await serve({ fault: () => 'refused' })
    await expect(queryTap(other.url, query)).rejects.toThrow('It says: not for you (status 403')
  })

  it('refuses options and queries that are none', async () => {
    const { url, asked } = await serve()
    for (const bad of [
      queryTap('ftp://a/b', query),
      queryTap('tap', query),
      queryTap(url, ' '),
      queryTap(url, query, { mode: 'later' as 'sync' }),
      queryTap(url, query, { format: 'tsv' as 'csv' }),
      queryTap(url, query, { maxRows: -1 }),
      queryTap(url, query, { pollMs: 0 }),
      queryTap(url, query, { polls: 1 } as object),
      queryTap(url, query, { request: { method: 'PUT' } as object }),
    ]) {
      await expect(bad).rejects.toThrow(ParameterError)
    }
    expect(asked).toEqual([])
  })

  it('ends with the signal’s reason', async () => {
    const { url } = await serve()
    const reason = new Error('enough')
    await expect(queryTap(url, query, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('queryTap by a job', () => {
  it('runs the job, waits for it, reads the result and deletes it', async () => {
    for (const location of ['relative', 'absolute'] as const) {
      for (const redirects of [false, true]) {
        const { url, jobs, asked, close } = await serve({ location, redirects, polls: 3 })
        const stages: string[] = []
        const table = await queryTap(url, query, { ...quick, onProgress: ({ stage }) => stages.push(stage) })
        expect(table.columns.get('id')?.values).toEqual(expected.id)
        expect(jobs).toMatchObject([{ phase: 'COMPLETED', deleted: true }])
        expect(stages).toEqual(['job executing', 'job executing', 'job executing', 'job completed'])
        expect(asked.slice(0, 3)).toEqual(['POST /tap/async', 'POST /tap/async/0/phase', 'GET /tap/async/0'])
        expect(asked.at(-1)).toBe('DELETE /tap/async/0')
        await close()
      }
    }
  })

  it('lets a service that knows WAIT answer when the phase changes', async () => {
    const { url, asked } = await serve({ waits: true, polls: 2 })
    await queryTap(url, query, quick)
    expect(asked.filter((path) => path.includes('WAIT='))).toEqual([
      'GET /tap/async/0?WAIT=15&PHASE=EXECUTING',
      'GET /tap/async/0?WAIT=15&PHASE=EXECUTING',
    ])
  })

  it('throws the service’s words when the job fails, and deletes it', async () => {
    for (const as of ['votable', 'text'] as const) {
      const { url, jobs, close } = await serve({ failure: { phase: 'ERROR', as } })
      const words = as === 'text' ? 'It says: out of memory (' : 'It says: out of memory & <time> ('
      await expect(queryTap(url, query, quick)).rejects.toThrow(words)
      expect(jobs[0]?.deleted).toBe(true)
      await close()
    }
    const { url, jobs } = await serve({ failure: { phase: 'ABORTED', as: 'text' } })
    await expect(queryTap(url, query, quick)).rejects.toThrow('It says: the job is aborted')
    expect(jobs[0]?.deleted).toBe(true)
  })

  it('gives a job up that does not end in time, and deletes it', async () => {
    const { url, jobs } = await serve({ polls: Number.POSITIVE_INFINITY })
    const error = await queryTap(url, query, { ...quick, jobTimeoutMs: 30 }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({ reason: 'timeout', retryable: true })
    expect(jobs[0]?.deleted).toBe(true)
  })

  it('deletes the job when it is aborted, and ends with the signal’s reason', async () => {
    const { url, jobs } = await serve({ polls: Number.POSITIVE_INFINITY })
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = (): void => controller.abort(reason)
    await expect(queryTap(url, query, { ...quick, signal: controller.signal, onProgress })).rejects.toBe(reason)
    expect(jobs[0]?.deleted).toBe(true)
  })

  it('deletes by ACTION=DELETE where DELETE is not allowed, and warns when neither works', async () => {
    const first = await serve({ postDeletes: true })
    await queryTap(first.url, query, quick)
    expect(first.jobs[0]?.deleted).toBe(true)
    await first.close()
    const { url } = await serve({ fault: (method) => (method === 'DELETE' ? 'refused' : undefined) })
    const warnings: string[] = []
    const table = await queryTap(url, query, { ...quick, onWarning: ({ message }) => warnings.push(message) })
    expect(table.rowCount).toBe(6)
    expect(warnings).toEqual([expect.stringContaining('/tap/async/0 could not be deleted')])
  })

  it('makes one job, however often its other requests fail', async () => {
    const flaky: TapServerOptions['fault'] = (method, path, count) => {
      if (method === 'POST' && path === '/tap/async') return count === 1 ? 'unavailable' : undefined
      if (path.endsWith('/result')) return count === 1 ? 'cut' : undefined
      return count === 1 ? 'unavailable' : undefined
    }
    const { url, jobs } = await serve({ fault: flaky })
    expect((await queryTap(url, query, quick)).columns.get('ra')?.values).toEqual(expected.ra)
    expect(jobs).toMatchObject([{ deleted: true }])
  })

  it('sends what proves who is asking to the service’s own origin only', async () => {
    const other = await serveTap({ rows })
    try {
      await fetch(`${other.url}/async`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ QUERY: query }),
      })
      const { url, headers } = await serve({ location: { at: `${other.url}/async/0` } })
      const request = { ...fast, headers: { Authorization: 'Bearer x', 'x-mark': '1' } }
      await expect(queryTap(url, query, { ...quick, request })).rejects.toThrow('not a query')
      expect(headers.map(({ authorization }) => authorization)).toEqual(['Bearer x'])
      expect(other.headers.slice(1).map((each) => [each.authorization, each['x-mark']])).toEqual(
        other.headers.slice(1).map(() => [undefined, '1']),
      )
      expect(other.jobs[0]?.deleted).toBe(true)
    } finally {
      await other.close()
    }
  })

  it('says when rows are missing, and refuses a service that tells no job', async () => {
    const { url, close } = await serve({ limit: 2 })
    expect(await queryTap(url, query, quick)).toMatchObject({ rowCount: 2, overflow: true })
    await close()
    const other = await serve({ fault: (_, path) => (path === '/tap/async' ? 'html' : undefined) })
    await expect(queryTap(other.url, query, quick)).rejects.toThrow('service must tell the address of the job')
  })
})

describe('readPhase', () => {
  const read = (text: string): string => readPhase(new TextEncoder().encode(text), 'job')

  it('reads the phase of the job alone', () => {
    expect(read('<job><results><phase>ERROR</phase></results><phase> QUEUED\n</phase></job>')).toBe('QUEUED')
  })

  it('refuses what is no description of a job', () => {
    for (const text of [
      '',
      'EXECUTING',
      '<html><p>x</p></html>',
      '<job><phase>DONE</phase></job>',
      '<job><phase>ERROR',
    ]) {
      expect(() => read(text), text).toThrow(FormatError)
    }
  })
})
