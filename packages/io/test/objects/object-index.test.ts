import { describe, expect, it } from 'vitest'
import { ObjectIndex } from '../../src/objects/object-index.ts'

const sha256 = (i: number): string => i.toString(16).padStart(64, 'ab')

describe('ObjectIndex', () => {
  it('keeps a hundred thousand outcomes while it grows', () => {
    const index = new ObjectIndex(2)
    const count = 100_000
    for (let i = 0; i < count; i++) {
      const state = (['done', 'failed', 'permanent'] as const)[i % 3]!
      index.set(`id-${i}`, `p/id-${i}`, { state, url: `u${i}`, bytes: i, sha256: sha256(i), note: `note-${i % 5}` })
    }
    expect(index.size).toBe(count)
    for (let i = 0; i < count; i += 7) {
      expect(index.look(`id-${i}`, `p/id-${i}`, i % 2 ? `u${i}` : 'other', false)).toEqual({
        state: (['done', 'failed', 'permanent'] as const)[i % 3],
        seen: false,
        sameUrl: i % 2 === 1,
        bytes: i,
        digest: sha256(i).slice(0, 16),
        note: `note-${i % 5}`,
      })
    }
    expect(index.look('new', 'p/new', 'u', false)).toMatchObject({ state: 'new', seen: false })
  })

  it('remembers what a run has met, also over an outcome', () => {
    const index = new ObjectIndex()
    expect(index.look('a', 'a', 'u', true)).toMatchObject({ state: 'new', seen: false })
    index.set('a', 'a', { state: 'done', url: 'u', note: 'fits', bytes: 2 ** 32 - 1 })
    expect(index.look('a', 'a', 'u', true)).toMatchObject({ state: 'done', seen: true, bytes: 2 ** 32 - 1 })
    index.set('a', 'a', { state: 'failed', url: 'v', note: 'timeout' })
    expect(index.look('a', 'a', 'v', false)).toMatchObject({
      state: 'failed',
      sameUrl: true,
      note: 'timeout',
      bytes: 0,
    })
  })

  it('tells ids whose paths differ in case alone', () => {
    const index = new ObjectIndex()
    index.set('Ab', 'x/Ab', { state: 'done', url: 'u', note: 'fits' })
    expect(index.look('aB', 'x/aB', 'u', true)).toBe('taken')
    index.set('aB', 'x/aB', { state: 'failed', url: 'u', note: 'name' })
    expect(index.look('Ab', 'x/Ab', 'u', false)).toMatchObject({ state: 'done', note: 'fits' })
  })

  it('takes more different notes than it has numbers for', () => {
    const index = new ObjectIndex()
    for (let i = 0; i < 65_540; i++) index.set('a', 'a', { state: 'failed', url: 'u', note: `n${i}` })
    expect(index.look('a', 'a', 'u', false)).toMatchObject({ note: 'n65535' })
  })
})
