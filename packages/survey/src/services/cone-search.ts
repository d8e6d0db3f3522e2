import {
  checkNumber,
  choiceOption,
  describeValue,
  FormatError,
  numberOption,
  ParameterError,
  resolveOptions,
  runRules,
  type Warning,
} from '@astronomaly/core'
import { RateLimiter, request } from '@astronomaly/core/http'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { angularSeparationDeg } from '@astronomaly/fits'
import { acceptAnswer, tableOfAnswer } from './service-answer.ts'
import { requestOption, type ServiceRequestOptions, serviceUrl } from './service-options.ts'

/** A circle on the sky, ICRS. */
export interface Cone {
  /** Right ascension of the centre, any number of degrees. */
  readonly raDeg: number
  /** Declination of the centre, -90 to 90. */
  readonly decDeg: number
  /** From 1e-13 to 180. */
  readonly radiusDeg: number
}

/** Where to search: SIMBAD, a table of VizieR (`'II/246/out'`), or the base address of any cone-search service. */
export type ConeService = 'simbad' | { readonly vizier: string } | URL | string

/** How a cone is searched. */
export interface ConeSearchOptions {
  /** How many columns: 1 few, 2 the usual, 3 all. @defaultValue the service's own */
  readonly verbosity?: 1 | 2 | 3 | undefined
  /** Most rows (MAXREC), where the service knows it. */
  readonly maxRows?: number | undefined
  /** How requests are sent. */
  readonly request?: ServiceRequestOptions | undefined
  readonly signal?: AbortSignal | undefined
  /** Told of columns of an answer that are left out or had a name twice. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** Objects in a cone. */
export interface ConeTable extends Table {
  /** Whether the service says that there are more. */
  readonly overflow: boolean
}

const rules = {
  verbosity: (value: 1 | 2 | 3 | undefined, subject: string): 1 | 2 | 3 | undefined =>
    value === undefined ? value : (checkNumber(subject, value, { min: 1, max: 3, integer: true }) as 1 | 2 | 3),
  maxRows: numberOption(undefined, { min: 1, integer: true }),
  request: requestOption,
  signal: runRules.signal,
  onWarning: runRules.onWarning,
}

const simbad = 'https://simbad.cds.unistra.fr/cone'
const vizier = 'https://vizier.cds.unistra.fr/viz-bin/conesearch'

/**
 * The objects of a service within a circle on the sky.
 *
 * @returns The service's columns, and `separation_deg`: the angle from the centre. In the service's order. Without columns when the
 * service found nothing and sent no table.
 * @throws RequestError with the service's words when it refuses, and when there is no answer; FormatError when the answer is no
 * VOTable or has no positions; ParameterError for a cone that is none; the signal's reason.
 * @remarks Positions are the columns whose UCD is `pos.eq.ra;meta.main` and `pos.eq.dec;meta.main` (UCD1: `POS_EQ_RA_MAIN`), else
 * those of the usual names. The addresses of SIMBAD and VizieR are those that their operator publishes; they were not tried
 * when this was written.
 * @see https://www.ivoa.net/documents/cover/ConeSearch-20080222.html
 */
export async function coneSearch(
  service: ConeService,
  cone: Cone,
  options: ConeSearchOptions = {},
): Promise<ConeTable> {
  const subject = 'coneSearch'
  const { request: send, signal, onWarning, ...wanted } = resolveOptions(subject, options, rules)
  const url = coneUrl(subject, service, cone, wanted)
  const response = await request(url, { ...send, signal, acceptStatus: acceptAnswer(send.retries) })
  const table = await tableOfAnswer(subject, response, 'votable', onWarning)
  const overflow = table.overflow === true
  if (table.columns.size === 0) return { rowCount: 0, columns: new Map(), overflow }
  const [ra, dec] = positionsOf(subject, table, url.href)
  const separations = Float64Array.from({ length: table.rowCount }, (_, row) => {
    return angularSeparationDeg(cone.raDeg, cone.decDeg, Number(ra[row]), Number(dec[row]))
  })
  let name = 'separation_deg'
  while (table.columns.has(name)) name += '_'
  const columns = new Map<string, TableColumn>([
    ...table.columns,
    [name, { values: separations, width: 1, unit: 'deg' }],
  ])
  return { rowCount: table.rowCount, columns, overflow }
}

/** How many cones are searched. */
export interface ConeSearchesOptions extends ConeSearchOptions {
  /**
   * Starts a second; `request.limiter` goes before it.
   * @defaultValue 5
   */
  readonly requestsPerSecond?: number | undefined
  /**
   * Searches at the same time.
   * @defaultValue 4
   */
  readonly concurrency?: number | undefined
  /**
   * Whether a search that fails ends all of them, or comes as an answer.
   * @defaultValue 'throw'
   */
  readonly failures?: 'throw' | 'yield' | undefined
}

const searchesRules = {
  ...rules,
  requestsPerSecond: numberOption(5, { above: 0 }),
  concurrency: numberOption(4, { min: 1, max: 1000, integer: true }),
  failures: choiceOption(['throw', 'yield'], 'throw'),
}

/** The answer for one of many cones. */
export interface ConeAnswer {
  /** Its number among the cones, from 0. */
  readonly index: number
  readonly cone: Cone
  /** Undefined when the search failed. */
  readonly table?: ConeTable
  readonly error?: unknown
}

/**
 * {@link coneSearch} for many cones, at a bounded rate.
 *
 * @returns The answers in the order of the cones. Leaving early gives up the searches under way.
 * @throws As {@link coneSearch}.
 * @remarks Holds `concurrency` answers; nothing is kept for later.
 */
export async function* coneSearches(
  service: ConeService,
  cones: Iterable<Cone> | AsyncIterable<Cone>,
  options: ConeSearchesOptions = {},
): AsyncGenerator<ConeAnswer, void, undefined> {
  const subject = 'coneSearches'
  const { requestsPerSecond, concurrency, failures, ...one } = resolveOptions(subject, options, searchesRules)
  const limiter = one.request.limiter ?? new RateLimiter({ requestsPerSecond })
  // One for each search under way: Node takes more than ten listeners of one signal for a leak.
  const stops = new Set<AbortController>()
  const stopAll = (reason: unknown): void => {
    for (const stop of stops) stop.abort(reason)
  }
  const abort = (): void => stopAll(one.signal?.reason)
  const search = async (cone: Cone, index: number): Promise<ConeAnswer> => {
    const stop = new AbortController()
    stops.add(stop)
    try {
      one.signal?.throwIfAborted()
      const request = { ...one.request, limiter }
      const settings = { ...one, request, signal: stop.signal }
      return { index, cone, table: await coneSearch(service, cone, settings) }
    } catch (error) {
      if (failures === 'throw' || stop.signal.aborted || one.signal?.aborted) throw error
      return { index, cone, error }
    } finally {
      stops.delete(stop)
    }
  }
  const running: Promise<ConeAnswer>[] = []
  let index = 0
  one.signal?.addEventListener('abort', abort, { once: true })
  try {
    for await (const cone of cones) {
      const work = search(cone, index++)
      // It is looked at in its turn; until then its failure must not count as unhandled.
      work.catch(() => {})
      running.push(work)
      if (running.length >= concurrency) yield await (running.shift() as Promise<ConeAnswer>)
    }
    while (running.length > 0) yield await (running.shift() as Promise<ConeAnswer>)
  } finally {
    one.signal?.removeEventListener('abort', abort)
    stopAll(new Error(`${subject}: given up`))
    await Promise.allSettled(running)
  }
}

function coneUrl(subject: string, service: ConeService, cone: Cone, { verbosity, maxRows }: ConeSearchOptions): URL {
  const raDeg = checkNumber(`${subject}: raDeg`, cone.raDeg)
  const decDeg = checkNumber(`${subject}: decDeg`, cone.decDeg, { min: -90, max: 90 })
  // A radius of 0 would ask for a description of the columns.
  const radiusDeg = checkNumber(`${subject}: radiusDeg`, cone.radiusDeg, { min: 1e-13, max: 180 })
  const url = new URL(baseOf(subject, service))
  url.searchParams.set('RA', decimal(((raDeg % 360) + 360) % 360))
  url.searchParams.set('DEC', decimal(decDeg))
  url.searchParams.set('SR', decimal(radiusDeg))
  if (verbosity !== undefined) url.searchParams.set('VERB', String(verbosity))
  if (maxRows !== undefined) url.searchParams.set('MAXREC', String(maxRows))
  return url
}

function baseOf(subject: string, service: ConeService): string {
  if (service === 'simbad') return simbad
  if (typeof service === 'string' || service instanceof URL) return serviceUrl(subject, service)
  const table = (service as { readonly vizier?: unknown } | null)?.vizier
  const isTable = typeof table === 'string' && /^[A-Z]+(\/[\w+.-]+)+$/.test(table) && !/(^|\/)\.+(\/|$)/.test(table)
  if (isTable) return `${vizier}/${table}`
  throw new ParameterError(
    `${subject}: service must be simbad, an address or a table of VizieR such as II/246/out. Received ${describeValue(table)}.`,
  )
}

/** Plain digits, to a billionth of an arcsecond: not every service reads exponents. */
function decimal(value: number): string {
  return value.toFixed(13).replace(/\.?0+$/, '')
}

const ucds = {
  ra: ['pos.eq.ra;meta.main', 'pos_eq_ra_main', 'pos.eq.ra'],
  dec: ['pos.eq.dec;meta.main', 'pos_eq_dec_main', 'pos.eq.dec'],
} as const
const usualNames = {
  ra: ['ra', 'ra_d', 'ra_deg', '_raj2000', 'raj2000', 'ra_icrs', '_ra'],
  dec: ['dec', 'dec_d', 'dec_deg', '_dej2000', 'dej2000', 'decj2000', 'de_icrs', '_de'],
} as const

function positionsOf(subject: string, table: Table, source: string): [ArrayLike<unknown>, ArrayLike<unknown>] {
  const find = (which: 'ra' | 'dec'): ArrayLike<unknown> => {
    const numbers = [...table.columns].filter(([, { values, width }]) => width === 1 && !Array.isArray(values))
    const byUcd = ucds[which].map((ucd) => numbers.find(([, column]) => column.ucd?.toLowerCase() === ucd))
    const byName = usualNames[which].map((own) => numbers.find(([name]) => name.toLowerCase() === own))
    const found = [...byUcd, ...byName].find((each) => each !== undefined)
    if (found) return found[1].values
    // A table without rows gives no type away.
    if (table.rowCount === 0) return []
    throw new FormatError(`${subject}: answer must have a column of ${ucds[which][0]}`, { source, keyword: which })
  }
  return [find('ra'), find('dec')]
}
