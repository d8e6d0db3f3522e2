import { crc32 } from 'node:zlib'
import { decodeModel, encodeModel, FormatError, matrix } from '@astronomaly/core'
import { IsolationForest, IsolationForestModel } from '@astronomaly/iforest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalRows, rejection } from '../support/data.ts'
import { brokenRule, scoreByRules } from '../support/forest-rules.ts'

const rows = normalRows(60, 3)
const probes = matrix(rows.data.slice(0, 36), 12, 3)

/** The bytes with a checksum that holds, so that the fields themselves are looked at. */
function mended(bytes: Uint8Array): ArrayBuffer {
  const copy = bytes.slice()
  if (copy.length >= 8) new DataView(copy.buffer).setUint32(4, crc32(copy.subarray(8)), true)
  return copy.buffer
}

/**
 * Whether a buffer is accepted. Anything but a FormatError fails, and so does a model that breaks a rule, scores otherwise than a
 * plain recursion or does not come back from its own buffer.
 */
async function accepts(buffer: ArrayBuffer): Promise<boolean> {
  let model: IsolationForestModel
  try {
    model = IsolationForestModel.from(buffer)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return false
  }
  expect(brokenRule(model)).toBeUndefined()
  if (model.columns === 3) {
    const scores = model.scoreMatrix(probes)
    for (let k = 0; k < scores.length; k++) {
      expect(scores[k]! > 0 && scores[k]! <= 1).toBe(true)
      // 1e-8: a leaf's value may be 1e-9 from what its depth and size ask for.
      expect(Math.abs(scores[k]! - scoreByRules(model, probes.data.subarray(3 * k, 3 * k + 3)))).toBeLessThan(1e-8)
    }
  } else {
    expect(await rejection(() => model.scoreMatrix(probes))).toMatchObject({ kind: 'shape' })
  }
  expect(brokenRule(IsolationForestModel.from(model.buffer))).toBeUndefined()
  return true
}

describe.each([
  ['plain cuts', { maxDepth: 'unlimited' }],
  ['missing values', { missing: 'both-ways', contamination: 0.1, pathLength: 'exact' }],
  ['oblique cuts', { dimensions: 2 }],
  ['ranges', { penalizeRange: true }],
] as const)('a buffer of a forest with %s', async (_, options) => {
  const model = await new IsolationForest({ trees: 2, sampleSize: 8, seed: 1, ...options }).fit(rows)
  const original = new Uint8Array(model.buffer)
  const masks = [0x01, 0x08, 0x80, 0xff]

  it('is accepted as it is', async () => {
    expect(original.length).toBeLessThan(2500)
    expect(await accepts(original.slice().buffer)).toBe(true)
  })

  it('is rejected when it is cut off at any byte, also when the checksum is mended', async () => {
    for (let length = 0; length < original.length; length++) {
      expect(await accepts(original.slice(0, length).buffer)).toBe(false)
      expect(await accepts(mended(original.slice(0, length)))).toBe(false)
    }
  })

  it('is rejected when bytes follow it', async () => {
    for (const extra of [1, 8, 4096]) {
      const longer = new Uint8Array(original.length + extra)
      longer.set(original)
      expect(await accepts(longer.buffer)).toBe(false)
      expect(await accepts(mended(longer))).toBe(false)
    }
  })

  it('is rejected when any byte is changed', async () => {
    for (let at = 0; at < original.length; at++) {
      for (const mask of masks) {
        const bytes = original.slice()
        bytes[at]! ^= mask
        expect(await accepts(bytes.buffer)).toBe(false)
      }
    }
  })

  it('is rejected or still keeps every rule when any byte is changed and the checksum is mended', async () => {
    let accepted = 0
    for (let at = 8; at < original.length; at++) {
      for (const mask of masks) {
        const bytes = original.slice()
        bytes[at]! ^= mask
        if (await accepts(mended(bytes))) accepted++
      }
    }
    // Other thresholds, other columns of a cut and the last bits of a value make as good a model; most other bytes do not.
    const share = accepted / (masks.length * (original.length - 8))
    expect(share).toBeGreaterThan(0.05)
    expect(share).toBeLessThan(0.5)
  })

  it('is rejected or still keeps every rule when a part of it is copied over another and the checksum is mended', async () => {
    const place = fc.nat({ max: original.length - 9 })
    await fc.assert(
      fc.asyncProperty(place, place, fc.integer({ min: 1, max: 64 }), async (from, to, length) => {
        const bytes = original.slice()
        bytes.copyWithin(8 + to, 8 + from, Math.min(8 + from + length, bytes.length))
        await accepts(mended(bytes))
      }),
      { seed: 6, numRuns: 500 },
    )
  })
})

describe('a buffer', async () => {
  const { buffer } = await new IsolationForest({ trees: 2, sampleSize: 8, seed: 1 }).fit(rows)

  it('whose header is said to take gigabytes is rejected', async () => {
    for (const length of [0, 1, buffer.byteLength, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 13, 2 ** 32 - 1]) {
      const bytes = new Uint8Array(buffer.slice(0))
      new DataView(bytes.buffer).setUint32(8, length, true)
      expect(await accepts(mended(bytes))).toBe(false)
    }
  })

  it('that declares arrays beyond its end is rejected before anything is made of them', async () => {
    const view = new DataView(buffer)
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, view.getUint32(8, true)))) as {
      arrays: { name: string; length: number }[]
    }
    for (let k = 0; k < header.arrays.length; k++) {
      for (const length of [2 ** 28, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
        const arrays = header.arrays.map((entry, i) => (i === k ? { ...entry, length } : entry))
        const json = new TextEncoder().encode(JSON.stringify({ ...header, arrays }))
        const bytes = new Uint8Array(Math.ceil((12 + json.length) / 8) * 8 + 2048)
        bytes.set(new Uint8Array(buffer, 0, 8))
        new DataView(bytes.buffer).setUint32(8, json.length, true)
        bytes.set(json, 12)
        expect(() => IsolationForestModel.from(mended(bytes))).toThrow(
          expect.objectContaining({ kind: 'format', keyword: header.arrays[k]!.name }),
        )
      }
    }
  })

  it('whose scalars are objects that no text can be made of is rejected', async () => {
    const { kind, version, meta, arrays } = decodeModel(buffer.slice(0), 'isolation-forest', 1)
    for (const key of Object.keys(meta)) {
      for (const wrong of [{ toString: null, valueOf: null }, ['x'.repeat(1e6)], null]) {
        const hostile = encodeModel({ kind, version, meta: { ...meta, [key]: wrong }, arrays })
        const error = await rejection(() => IsolationForestModel.from(hostile))
        expect(error).toMatchObject({ kind: 'format', keyword: key })
        expect((error as Error).message.length).toBeLessThan(500)
      }
    }
  })

  it('that claims more columns than there is memory costs nothing until rows of so many come', async () => {
    const { kind, version, meta, arrays } = decodeModel(buffer.slice(0), 'isolation-forest', 1)
    const wide = { ...meta, columns: Number.MAX_SAFE_INTEGER, sampleSize: Number.MAX_SAFE_INTEGER }
    const model = IsolationForestModel.from(encodeModel({ kind, version, meta: wide, arrays }))
    expect(brokenRule(model)).toBeUndefined()
    expect(await rejection(() => model.scoreMatrix(probes))).toMatchObject({ kind: 'shape' })
    expect(await rejection(() => model.explainMean(probes))).toMatchObject({ kind: 'shape' })
  })
})
