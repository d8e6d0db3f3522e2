import { type KernelThreads, type ThreadWork, threadGroup } from './kernel-threads.ts'
import type { Nearest, NearestTask } from './nearest-points.ts'
import { instantiateNeighbourKernel, type NeighbourKernel } from './neighbour-kernel.ts'
import type { PackedPoints } from './pack-points.ts'

/** What a thread runs. Sent as text: it may use nothing but its arguments and globals. */
function begin(
  instantiate: (module: WebAssembly.Module) => NeighbourKernel,
): (module: WebAssembly.Module) => ThreadWork {
  return (module) => {
    const kernel = instantiate(module)
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
  }
}

/** The first `count` threads of the process that search neighbours; undefined where threads cannot be had. */
export const neighbourThreads: (count: number, module: WebAssembly.Module) => Promise<KernelThreads | undefined> =
  threadGroup(`(${begin})(${instantiateNeighbourKernel})`)

/** Searches on a thread. The task is copied. */
export function searchOnThread(threads: KernelThreads, packed: PackedPoints, task: NearestTask): Promise<Nearest> {
  return threads.run(packed, task, [])
}
