import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { engineBits } from './engine-bits.ts'

describe('the engine wasm', () => {
  it('gives the committed bits for every format, as on every release of Node', async () => {
    const golden = JSON.parse(readFileSync(new URL('../golden/engine-bits.json', import.meta.url), 'utf8'))
    expect(await engineBits()).toEqual(golden)
  })
})
