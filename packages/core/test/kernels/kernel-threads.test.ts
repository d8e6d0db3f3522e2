import { expect, it } from 'vitest'
import { neighbourThreads } from '../../src/kernels/neighbour-threads.ts'
import { neighboursWasm } from '../../src/kernels/neighbours-wasm.ts'
import { treeThreads } from '../../src/kernels/tree-threads.ts'
import { treesWasm } from '../../src/kernels/trees-wasm.ts'

// Without threads everything is computed inline, with the same bits: nothing else would tell.
it.each([
  [treeThreads, treesWasm],
  [neighbourThreads, neighboursWasm],
])('the threads of each kernel begin', async (group, wasm) => {
  const threads = await group(2, new WebAssembly.Module(Buffer.from(wasm, 'base64')))
  expect(threads?.count).toBe(2)
  threads?.release()
})
