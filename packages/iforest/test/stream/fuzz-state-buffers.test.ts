import { crc32 } from 'node:zlib'
import { AstronomalyError, decodeModel, encodeModel, FormatError } from '@astronomaly/core'
import { ForestReservoirs, IsolationForest, SlidingIsolationForest } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { normalRows, rejection } from '../support/data.ts'
import { brokenRule } from '../support/forest-rules.ts'

const forest = new IsolationForest({ trees: 3, sampleSize: 8, seed: 1 })

function reservoirs(count: number): ArrayBuffer {
  const state = forest.start(3)
  forest.partialFit(state, normalRows(count, 3))
  return state.buffer
}

function sliding(count: number): ArrayBuffer {
  const state = new SlidingIsolationForest(3, { trees: 3, sampleSize: 8, window: 32, seed: 1 })
  state.update(normalRows(count, 3))
  return state.buffer
}

/** Brings a state back and lets it go on: it takes rows, gives a forest of correct trees and a buffer that it comes back from. */
async function goOn(kind: string, buffer: ArrayBuffer): Promise<void> {
  if (kind === 'forest-reservoirs') {
    const state = ForestReservoirs.from(buffer)
    const { trees, sampleSize, missing, columns } = state
    const own = new IsolationForest({ trees, sampleSize, missing, seed: 1 })
    own.partialFit(state, normalRows(20, columns))
    expect(brokenRule(await own.solve(state))).toBeUndefined()
    expect(ForestReservoirs.from(state.buffer).count).toBe(state.count)
  } else {
    const state = SlidingIsolationForest.from(buffer)
    const scores = state.scoreAndUpdate(normalRows(20, state.columns))
    expect(scores.every((score) => score > 0 && score <= 1)).toBe(true)
    if (state.ready) expect(brokenRule(state.model())).toBeUndefined()
    expect(SlidingIsolationForest.from(state.buffer).count).toBe(state.count)
  }
}

describe.each([
  ['forest-reservoirs', 'before a sample is full', reservoirs(5)],
  ['forest-reservoirs', 'of a long stream', reservoirs(60)],
  ['sliding-isolation-forest', 'that has seen nothing', sliding(0)],
  ['sliding-isolation-forest', 'before there are trees', sliding(5)],
  ['sliding-isolation-forest', 'of a long stream', sliding(60)],
])('a buffer of %s %s', (kind, _, buffer) => {
  const from = (bytes: ArrayBuffer): unknown =>
    kind === 'forest-reservoirs' ? ForestReservoirs.from(bytes) : SlidingIsolationForest.from(bytes)

  async function refuseOrGoOn(bytes: ArrayBuffer): Promise<void> {
    const refusal = await rejection(() => from(bytes.slice(0)))
    if (refusal !== undefined) {
      expect(refusal).toBeInstanceOf(FormatError)
      return
    }
    const error = await rejection(() => goOn(kind, bytes))
    // A state that is accepted may be one that an estimator of these options refuses, in so many words.
    if (error !== undefined && !(error instanceof AstronomalyError)) throw error
  }

  it('goes on as it is', async () => {
    await goOn(kind, buffer.slice(0))
  })

  it('is rejected when it is cut off at any byte and the checksum is mended', async () => {
    for (let length = 8; length < buffer.byteLength; length++) {
      const bytes = new Uint8Array(buffer.slice(0, length))
      new DataView(bytes.buffer).setUint32(4, crc32(bytes.subarray(8)), true)
      expect(() => from(bytes.buffer)).toThrow(FormatError)
    }
  })

  it('is rejected, or goes on, when any byte is changed and the checksum is mended', async () => {
    for (let at = 8; at < buffer.byteLength; at++) {
      for (const mask of [0x01, 0x08, 0x80]) {
        const bytes = new Uint8Array(buffer.slice(0))
        bytes[at]! ^= mask
        new DataView(bytes.buffer).setUint32(4, crc32(bytes.subarray(8)), true)
        await refuseOrGoOn(bytes.buffer)
      }
    }
  })

  it('is rejected when a scalar is of another type or beyond all bounds', async () => {
    const { version, meta, arrays } = decodeModel(buffer.slice(0), kind, 1)
    const wrongs = [null, 'x'.repeat(1e5), { toString: null }, [1], -1, 0.5, 2 ** 53, 1e300]
    for (const key of Object.keys(meta)) {
      for (const wrong of wrongs) {
        if (typeof meta[key] === 'string' && typeof wrong === 'string') continue
        const hostile = encodeModel({ kind, version, meta: { ...meta, [key]: wrong }, arrays })
        expect(() => from(hostile), `${key} ${typeof wrong}`).toThrow(FormatError)
      }
      const { [key]: _, ...rest } = meta
      expect(() => from(encodeModel({ kind, version, meta: rest, arrays }))).toThrow(FormatError)
    }
    for (const key of Object.keys((meta.options ?? {}) as object)) {
      for (const wrong of [{ toString: null }, [Object.create(null)], 2 ** 53, 1e300]) {
        const options = { ...(meta.options as object), [key]: wrong }
        const hostile = encodeModel({ kind, version, meta: { ...meta, options }, arrays })
        await refuseOrGoOn(hostile)
      }
    }
  })

  it('does not grow to the gigabytes that its header alone declares', async () => {
    const { version, meta, arrays } = decodeModel(buffer.slice(0), kind, 1)
    const big = { trees: 100_000, sampleSize: 2 ** 26, columns: 2 ** 40, count: 2 ** 52 }
    for (const [key, value] of Object.entries(big)) {
      const options = meta.options && {
        ...(meta.options as object),
        ...(key in (meta.options as object) && { [key]: value }),
      }
      const wide = { ...meta, ...(key in meta && { [key]: value }), ...(meta.options ? { options } : {}) }
      const hostile = encodeModel({ kind, version, meta: wide, arrays })
      const error = await rejection(() => {
        const state = from(hostile) as { buffer: ArrayBuffer }
        // Few rows for many trees, or few rows of a long stream, are held as they are.
        expect(state.buffer.byteLength).toBeLessThanOrEqual(hostile.byteLength)
      })
      if (error !== undefined) expect(error, key).toBeInstanceOf(FormatError)
    }
  })
})
