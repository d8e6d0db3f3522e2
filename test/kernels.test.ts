import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Kernel {
  readonly file: string
  readonly content: string
}

describe('the committed WebAssembly modules', () => {
  it('are what the compiler makes of the sources', async () => {
    const script = '../scripts/compile-kernels.mjs'
    const { compileKernels } = (await import(script)) as { compileKernels: () => Promise<Kernel[]> }
    const kernels = await compileKernels()
    expect(kernels.length).toBeGreaterThan(0)
    for (const { file, content } of kernels) expect(readFileSync(file, 'utf8')).toBe(content)
  })
})
