import { hash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { definedOnly, describeValue, FormatError, ParameterError } from '@astronomaly/core'
import { httpUrl, RateLimiter, resolveRequest } from '@astronomaly/core/http'
import { Journal, makeFolder, withFolderLock } from '@astronomaly/core/node'
import { type IndexedObject, ObjectIndex, objectPath } from '@astronomaly/io/node'
import { type CutoutRequest, subject } from './cutout-request.ts'
import { DownloadFiles } from './download-files.ts'
import { type DownloadRecord, downloadFormat, journalName } from './download-journal.ts'
import { type DownloadCutoutsOptions, type DownloadPlan, resolveDownload } from './download-plan.ts'
import { type CutoutFailure, type FetchPlan, fetchCutout } from './fetch-cutout.ts'
import { untilAborted } from './until-aborted.ts'

/** What a download came to. */
export interface DownloadSummary {
  /** Different objects that were asked for: `downloaded` + `kept` + `failed`. */
  readonly objects: number
  /** Fetched by this run. */
  readonly downloaded: number
  /** On disk from earlier runs. */
  readonly kept: number
  /** Not on disk; the journal has their reasons. */
  readonly failed: number
  /** Of the failed ones, by reason. */
  readonly reasons: Readonly<Record<string, number>>
  /** Requests for an id that had been asked for before; they are passed over. */
  readonly duplicates: number
  /** Of the downloaded files. */
  readonly bytes: number
  /** The journal's path. */
  readonly journal: string
}

/**
 * Downloads a file for each of up to millions of objects, checks each before it gets its name, and writes down what became of it.
 *
 * The folder holds `downloads.jsonl`, one line for each object that is settled, and the files, `a3f/<id>.fits` or so (`'flat'`: without the
 * folder). A file is there whole and sound or not at all. The run can be stopped at any instant, by any signal: the next one
 * with the same folder keeps what is there, goes on with the rest, and tries again what failed for a while: by the network, or by an answer
 * that tells of the service and not of the object (`CutoutVerdict.transient`), such as the web page of one under maintenance. An object
 * whose url has changed is fetched again.
 *
 * @param requests - Taken as they are needed, in order. Ids can be any text: see `objectFileName`; those that can be no file name fail.
 * @returns Once every object is settled.
 * @throws The file system's error for a disk that is full or a folder that cannot be written; RequestError once the service is down
 * (`giveUpAfter`); ParameterError for a bad option or request, or when another process is at work in the folder; FormatError for a
 * damaged journal; the reason of an abort; what `requests` or `check` throw. What was settled before stays settled.
 * @remarks Memory: 53 to 105 bytes an object, and the files under way, at most 4 · `concurrency` of them. At most
 * `concurrency` requests are open; objects that wait for their next try hold none of these places.
 */
export async function downloadCutouts(
  requests: Iterable<CutoutRequest> | AsyncIterable<CutoutRequest>,
  options: DownloadCutoutsOptions,
): Promise<DownloadSummary> {
  const plan = resolveDownload(options)
  if (typeof requests !== 'object' || requests === null) {
    throw new ParameterError(`${subject}: requests must be iterable. Received ${describeValue(requests)}.`)
  }
  const download = new Download(plan, options)
  options.signal?.throwIfAborted()
  await makeFolder(plan.folder)
  const lock = join(plan.folder, 'downloads.lock')
  return withFolderLock(lock, subject, () => download.run(requests))
}

/** An object that is to be settled. */
interface Task {
  readonly object: CutoutRequest
  /** Without its extension; undefined when it can have none. */
  readonly path: string | undefined
  /** Where the index has it. */
  readonly key: string
  readonly known: IndexedObject
}

class Download {
  readonly #plan: DownloadPlan
  readonly #options: DownloadCutoutsOptions
  readonly #files: DownloadFiles
  readonly #index = new ObjectIndex()
  readonly #extensions = new Set(['fits', 'fits.gz', 'fits.bz2', 'jpg', 'png'])
  readonly #controller = new AbortController()
  readonly #fetching: FetchPlan
  readonly #reasons: Record<string, number> = {}
  readonly #counts = { downloaded: 0, kept: 0, failed: 0, duplicates: 0, bytes: 0 }
  #journal!: Journal<DownloadRecord>
  /** Answers that were worth something, and the objects begun after the last of them that failed for want of one. */
  #answers = 0
  #inRow = 0

  constructor(plan: DownloadPlan, options: DownloadCutoutsOptions) {
    this.#plan = plan
    this.#options = options
    this.#files = new DownloadFiles(plan.folder)
    const { concurrency, requestsPerSecond, retries, baseDelayMs, maxDelayMs, maxBytes, seed, headers, fetch } = plan
    const { timeoutMs, idleTimeoutMs, minBytesPerSecond, maxRetryAfterMs, maxRedirects, sameHost } = plan
    const passed = {
      timeoutMs,
      idleTimeoutMs,
      minBytesPerSecond,
      maxRetryAfterMs,
      maxRedirects,
      sameHost,
      headers,
      fetch,
    }
    const limiter = new RateLimiter({ concurrency, requestsPerSecond })
    const { signal } = this.#controller
    // As many listen as objects are under way; Node takes more than ten for a leak.
    setMaxListeners(0, signal)
    this.#fetching = {
      request: { ...passed, retries, baseDelayMs, maxDelayMs, maxBytes, seed, limiter, signal },
      check: plan.check,
    }
    resolveRequest('http://localhost/', this.#fetching.request)
  }

  async run(requests: Iterable<CutoutRequest> | AsyncIterable<CutoutRequest>): Promise<DownloadSummary> {
    const { signal: outer, onWarning } = this.#options
    const stop = (): void => this.#controller.abort(outer?.reason)
    outer?.addEventListener('abort', stop, { once: true })
    try {
      await this.#files.clean()
      const path = join(this.#plan.folder, journalName)
      this.#journal = await Journal.open(path, downloadFormat, { onEntry: (record) => this.#recall(record), onWarning })
      try {
        await this.#settleAll(requests)
      } finally {
        await this.#journal.close()
        await this.#files.clean()
      }
      const { downloaded, kept, failed } = this.#counts
      return { objects: downloaded + kept + failed, ...this.#counts, reasons: { ...this.#reasons }, journal: path }
    } finally {
      outer?.removeEventListener('abort', stop)
    }
  }

  #recall(record: DownloadRecord): void {
    const { id, outcome, url, file = '', bytes = 0, sha256 = '', reason = '', permanent } = record
    const path = objectPath(id, this.#plan.layout)
    if (outcome === 'failed') {
      const key = path === undefined || reason === 'name' ? hiddenKey(id) : path
      this.#index.set(id, key, { state: permanent ? 'permanent' : 'failed', url, note: reason })
      return
    }
    if (path === undefined || !file.startsWith(`${path}.`)) {
      throw new ParameterError(
        `${subject}: layout must be the one that the folder has. Received '${this.#plan.layout}' for ${describeValue(file)}.`,
      )
    }
    const extension = file.slice(path.length + 1)
    // What a journal says must not lead out of the folder: files of these names are removed when their object fails.
    if (!isExtension(extension)) {
      throw new FormatError(`${subject}: journal must name files below the folder. Received ${describeValue(file)}`, {
        source: join(this.#plan.folder, journalName),
      })
    }
    this.#extensions.add(extension)
    this.#index.set(id, path, { state: 'done', url, bytes, sha256, note: extension })
  }

  async #settleAll(requests: Iterable<CutoutRequest> | AsyncIterable<CutoutRequest>): Promise<void> {
    const { signal } = this.#controller
    const slots = new RateLimiter({ concurrency: 4 * this.#plan.concurrency })
    const running = new Set<Promise<void>>()
    let first: { readonly error: unknown } | undefined
    const fail = (error: unknown): void => {
      first ??= { error }
      this.#controller.abort(error)
    }
    const total = Array.isArray(requests) ? requests.length : undefined
    try {
      for await (const request of untilAborted(requests, signal)) {
        const task = this.#take(request)
        if (!task) continue
        const release = await slots.acquire(signal)
        const work = this.#settle(task)
          .then(() => this.#report(total))
          .catch(fail)
          .finally(() => {
            running.delete(work)
            release()
          })
        running.add(work)
      }
    } catch (error) {
      fail(error)
    }
    await Promise.all(running)
    if (first) throw first.error
    signal.throwIfAborted()
  }

  /** Looks a request up; undefined when its object has been asked for before. */
  #take(object: CutoutRequest): Task | undefined {
    const { id, url } = object ?? {}
    if (typeof id !== 'string' || id.length > 10_000 || typeof url !== 'string' || url.length > 100_000) {
      throw new ParameterError(
        `${subject}: requests must have an id of at most 10000 and a url of at most 100000 characters. Received ${describeValue(object)}.`,
      )
    }
    let path = objectPath(id, this.#plan.layout)
    let key = path ?? hiddenKey(id)
    let known = this.#index.look(id, key, url, true)
    if (known === 'taken') {
      path = undefined
      key = hiddenKey(id)
      known = this.#index.look(id, key, url, true) as IndexedObject
    }
    if (!known.seen) return { object, path, key, known }
    this.#counts.duplicates++
    if (!known.sameUrl && known.state !== 'new') {
      this.#options.onWarning?.({ message: `${subject}: one object has several addresses; the first is used`, id })
    }
    return undefined
  }

  async #settle(task: Task): Promise<void> {
    const { object, path, known } = task
    if (known.sameUrl && known.state === 'permanent' && !this.#plan.retryFailed) return this.#count(known.note)
    if (path === undefined) {
      return this.#fail(task, failure('name', 'id can be no file name, or differs from another in case alone'))
    }
    if (known.sameUrl && known.state === 'done') {
      const digest = this.#plan.verify ? known.digest : undefined
      if (await this.#files.holds(`${path}.${known.note}`, known.bytes, digest)) {
        this.#counts.kept++
        return
      }
    }
    const { fault } = object
    if (fault) return this.#fail(task, failure(fault.reason, fault.message))
    if (!isHttpUrl(object.url)) return this.#fail(task, failure('address', 'url must be an address of http or https'))
    const answers = this.#answers
    const fetched = await fetchCutout(object, this.#fetching)
    if ('reason' in fetched) {
      const { error, permanent } = fetched
      if (!error || permanent) this.#answered()
      else if (answers === this.#answers && known.state !== 'failed') this.#inRow++
      await this.#fail(task, fetched)
      if (error && this.#inRow >= this.#plan.giveUpAfter) throw error
      return
    }
    this.#answered()
    const { bytes, extension, attempts } = fetched
    if (!isExtension(extension)) {
      throw new ParameterError(
        `${subject}: check must give an extension such as 'fits'. Received ${describeValue(extension)}.`,
      )
    }
    const file = `${path}.${extension}`
    const sha256 = await this.#files.save(file, bytes)
    this.#extensions.add(extension)
    const { id, url } = object
    const done = { file, bytes: bytes.length, sha256 }
    await this.#journal.append([{ id, outcome: 'done', ...done, url, attempts, at: new Date().toISOString() }])
    this.#index.set(id, task.key, { state: 'done', url, ...done, note: extension })
    if (known.state === 'done' && known.note !== extension) await this.#files.remove(`${path}.${known.note}`)
    this.#counts.downloaded++
    this.#counts.bytes += bytes.length
  }

  async #fail({ object: { id, url }, path, key }: Task, why: CutoutFailure): Promise<void> {
    const { reason, status, permanent, attempts } = why
    // A file of an earlier run, or of one that was killed before it could list it, must not outlive its failure.
    if (path !== undefined) {
      await Promise.all([...this.#extensions].map((extension) => this.#files.remove(`${path}.${extension}`)))
    }
    await this.#journal.append([
      definedOnly({
        ...{ id, outcome: 'failed', reason, status, permanent },
        ...{ message: why.message.slice(0, 500), url, attempts, at: new Date().toISOString() },
      }),
    ])
    this.#index.set(id, key, { state: permanent ? 'permanent' : 'failed', url, note: reason })
    this.#count(reason)
  }

  #answered(): void {
    this.#answers++
    this.#inRow = 0
  }

  #count(reason: string): void {
    this.#counts.failed++
    this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1
  }

  #report(total: number | undefined): void {
    const { downloaded, kept, failed } = this.#counts
    const done = downloaded + kept + failed
    this.#options.onProgress?.(definedOnly({ stage: 'download', done, total }))
  }
}

/** Where the index has an object without a path of its own. */
function hiddenKey(id: string): string {
  return `\0${hash('sha256', id, 'hex')}`
}

function failure(reason: string, message: string): CutoutFailure {
  return { reason, message, permanent: true, attempts: 0 }
}

function isExtension(text: string): boolean {
  return text.length <= 20 && /^[a-z0-9]+(\.[a-z0-9]+)*$/.test(text)
}

function isHttpUrl(url: string): boolean {
  try {
    httpUrl(url)
    return true
  } catch {
    return false
  }
}
