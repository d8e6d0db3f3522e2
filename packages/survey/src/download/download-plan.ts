import {
  choiceOption,
  describeValue,
  flagOption,
  numberOption,
  ParameterError,
  passedOption,
  type ResolvedOptions,
  type RunOptions,
  resolveOptions,
  runRules,
  type Seed,
} from '@astronomaly/core'
import type { RequestOptions } from '@astronomaly/core/http'
import type { DownloadLayout } from '@astronomaly/io/node'
import { type CutoutVerdict, checkCutout } from './check-cutout.ts'
import { type CutoutRequest, subject } from './cutout-request.ts'

/** How each file is asked for; the defaults are those of `request`. */
type FileRequestOptions = Pick<
  RequestOptions,
  | 'headers'
  | 'timeoutMs'
  | 'idleTimeoutMs'
  | 'minBytesPerSecond'
  | 'baseDelayMs'
  | 'maxDelayMs'
  | 'maxRetryAfterMs'
  | 'maxRedirects'
  | 'sameHost'
  | 'seed'
  | 'fetch'
>

/** How to download cut-outs. */
export interface DownloadCutoutsOptions
  extends FileRequestOptions,
    Pick<RunOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** Where to; made as needed. The same folder again goes on where it was left. */
  readonly folder: string
  /**
   * Requests that are open at once.
   * @defaultValue 8
   */
  readonly concurrency?: number | undefined
  /**
   * Most requests that are begun in a second, retries included.
   * @defaultValue no limit
   */
  readonly requestsPerSecond?: number | undefined
  /**
   * Further tries of an object after the first, whatever went wrong.
   * @defaultValue 4
   */
  readonly retries?: number | undefined
  /**
   * Most bytes of a file, at most 2^31.
   * @defaultValue 2^26
   */
  readonly maxBytes?: number | undefined
  /**
   * Decides whether the bytes are what was asked for.
   * @defaultValue `checkCutout`
   */
  readonly check?: ((bytes: Uint8Array, request: CutoutRequest) => CutoutVerdict | Promise<CutoutVerdict>) | undefined
  /**
   * `'sharded'` spreads the files over 4096 folders; `'flat'` is for some thousands.
   * @defaultValue 'sharded'
   */
  readonly layout?: DownloadLayout | undefined
  /**
   * Whether files of earlier runs are read and compared with their SHA-256, not only with their size.
   * @defaultValue false
   */
  readonly verify?: boolean | undefined
  /**
   * Whether objects that failed for good in an earlier run, such as by status 404 or a message in text, are tried again. Others are in any
   * case, those among them that were answered with a web page, with nothing or with a part of a file.
   * @defaultValue false
   */
  readonly retryFailed?: boolean | undefined
  /**
   * Stops the run with the last error once so many objects have failed by the network, or by an answer that is `transient` such as a web
   * page (RequestError with reason `'protocol'`), that were begun after the last answer that was a file or told of its object, and had
   * not failed in an earlier run: the service is down.
   * @defaultValue 100
   */
  readonly giveUpAfter?: number | 'never' | undefined
}

const delay = { min: 0, max: 2 ** 31 - 1 }
const giveUpOption = numberOption(100, { integer: true, min: 1 })

/** What is only passed on is checked by the requests. */
const rules = {
  folder(value: string | undefined, subject: string): string {
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value
    throw new ParameterError(`${subject} must be a path. Received ${describeValue(value)}.`)
  },
  concurrency: numberOption(8, { integer: true, min: 1, max: 1024 }),
  requestsPerSecond: numberOption(undefined, { above: 0 }),
  headers: passedOption<Readonly<Record<string, string>>>(),
  timeoutMs: passedOption<number>(),
  idleTimeoutMs: passedOption<number>(),
  minBytesPerSecond: passedOption<number>(),
  retries: numberOption(4, { integer: true, min: 0, max: 1000 }),
  baseDelayMs: numberOption(500, delay),
  maxDelayMs: numberOption(30_000, delay),
  maxRetryAfterMs: passedOption<number>(),
  maxRedirects: passedOption<number>(),
  maxBytes: numberOption(2 ** 26, { integer: true, min: 1, max: 2 ** 31 }),
  sameHost: passedOption<boolean>(),
  check: (value: DownloadCutoutsOptions['check']) => value ?? ((bytes: Uint8Array) => checkCutout(bytes)),
  layout: choiceOption(['sharded', 'flat'], 'sharded'),
  verify: flagOption(false),
  retryFailed: flagOption(false),
  giveUpAfter: (value: number | 'never' | undefined, subject: string): number =>
    value === 'never' ? Number.POSITIVE_INFINITY : giveUpOption(value, subject),
  seed: (value: Seed | undefined): Seed => value ?? 0,
  fetch: passedOption<typeof globalThis.fetch>(),
  signal: runRules.signal,
  onProgress: runRules.onProgress,
  onWarning: runRules.onWarning,
}

/** Options of a download, checked, with their defaults. */
export type DownloadPlan = ResolvedOptions<typeof rules>

export function resolveDownload(options: DownloadCutoutsOptions): DownloadPlan {
  return resolveOptions(subject, options, rules)
}
