import { threadId } from 'node:worker_threads'
import { FormatError } from '../../../src/errors.ts'
import { serveThread } from '../../../src/threads/serve-thread.ts'

/** What the tests ask of the thread. */
export interface AdderTask {
  readonly number: number
  readonly fail?: 'no room' | 'not sent' | 'format'
  readonly exit?: boolean
}

/** Adds what tasks are about, and what it began with, to a task; may fail or end the thread. Says which thread it is. */
serveThread((given: { readonly extra: number; readonly broken?: boolean }) => {
  if (given.broken) throw new RangeError('cannot begin')
  let added = 0
  return {
    load(about: { readonly number: number }) {
      if (about.number < 0) throw new RangeError('too large to take')
      added = about.number
    },
    work({ number, fail, exit }: AdderTask) {
      if (fail === 'no room') throw new RangeError('no room')
      if (fail === 'not sent') return { result: () => number }
      if (fail === 'format')
        throw new FormatError('adder: must add', { source: 'a.fits', offset: 3, cause: new TypeError('why') })
      if (exit) process.exit(3)
      return { result: { sum: given.extra + added + number, thread: threadId } }
    },
  }
})
