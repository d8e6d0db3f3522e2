import {
  assertKnownKeys,
  checkNumber,
  checkOneOf,
  describeValue,
  ParameterError,
  type RunOptions,
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

/** Options of a download, checked, with their defaults; those of its requests are checked by them. */
export interface DownloadPlan {
  readonly folder: string
  readonly concurrency: number
  readonly requestsPerSecond: number | undefined
  readonly retries: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly maxBytes: number
  readonly check: NonNullable<DownloadCutoutsOptions['check']>
  readonly layout: DownloadLayout
  readonly verify: boolean
  readonly retryFailed: boolean
  readonly giveUpAfter: number
  readonly seed: Seed
}

export function resolveDownload(options: DownloadCutoutsOptions): DownloadPlan {
  assertKnownKeys(subject, options, [
    ...['folder', 'concurrency', 'requestsPerSecond', 'timeoutMs', 'idleTimeoutMs', 'minBytesPerSecond', 'retries'],
    ...['baseDelayMs', 'maxDelayMs', 'maxRetryAfterMs', 'maxBytes', 'maxRedirects', 'sameHost', 'headers', 'check'],
    ...['layout', 'verify', 'retryFailed', 'giveUpAfter', 'seed', 'fetch', 'signal', 'onProgress', 'onWarning'],
  ])
  const { folder, requestsPerSecond, giveUpAfter = 100 } = options
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) {
    throw new ParameterError(`${subject}: folder must be a path. Received ${describeValue(folder)}.`)
  }
  const count = (name: 'concurrency' | 'retries' | 'maxBytes', otherwise: number, min: number, max: number): number =>
    checkNumber(`${subject}: ${name}`, options[name] ?? otherwise, { integer: true, min, max })
  const delay = (name: 'baseDelayMs' | 'maxDelayMs', otherwise: number): number =>
    checkNumber(`${subject}: ${name}`, options[name] ?? otherwise, { min: 0, max: 2 ** 31 - 1 })
  return {
    folder,
    concurrency: count('concurrency', 8, 1, 1024),
    requestsPerSecond:
      requestsPerSecond === undefined
        ? undefined
        : checkNumber(`${subject}: requestsPerSecond`, requestsPerSecond, { above: 0 }),
    retries: count('retries', 4, 0, 1000),
    baseDelayMs: delay('baseDelayMs', 500),
    maxDelayMs: delay('maxDelayMs', 30_000),
    maxBytes: count('maxBytes', 2 ** 26, 1, 2 ** 31),
    check: options.check ?? ((bytes) => checkCutout(bytes)),
    layout: checkOneOf(`${subject}: layout`, options.layout ?? 'sharded', ['sharded', 'flat']),
    verify: options.verify ?? false,
    retryFailed: options.retryFailed ?? false,
    giveUpAfter:
      giveUpAfter === 'never'
        ? Number.POSITIVE_INFINITY
        : checkNumber(`${subject}: giveUpAfter`, giveUpAfter, { integer: true, min: 1 }),
    seed: options.seed ?? 0,
  }
}
