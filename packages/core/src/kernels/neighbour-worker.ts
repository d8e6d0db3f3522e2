import { serveThread } from '../threads/serve-thread.ts'
import type { NearestTask } from './nearest-points.ts'
import { instantiateNeighbourKernel } from './neighbour-kernel.ts'
import type { PackedPoints } from './pack-points.ts'

serveThread((module: WebAssembly.Module) => {
  const kernel = instantiateNeighbourKernel(module)
  let points: PackedPoints
  return {
    load(packed: PackedPoints) {
      points = packed
    },
    work(task: NearestTask) {
      const squares = new Float64Array(task.count * task.k)
      const numbers = new Uint32Array(task.count * task.k)
      kernel.search(points, task, { squares, numbers })
      return { result: { squares, numbers }, transfer: [squares.buffer, numbers.buffer] }
    },
  }
})
