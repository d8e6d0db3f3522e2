import { serveThread } from '../threads/serve-thread.ts'
import { instantiateTreeKernel } from './tree-kernel.ts'
import type { TreeTask } from './tree-threads.ts'

serveThread((module: WebAssembly.Module) => {
  const kernel = instantiateTreeKernel(module)
  return {
    load: kernel.load,
    work({ rows, count }: TreeTask) {
      const sums = new Float64Array(count)
      const finite = kernel.sum(rows, count, sums)
      return { result: { sums, rows, finite }, transfer: [sums.buffer, rows.buffer] }
    },
  }
})
