import { serveThread } from '@astronomaly/core/kernels'
import { mostRawBytes } from './compressed-tile.ts'
import { findGunzip } from './gunzip-tile.ts'
import { instantiateTileKernel } from './tile-kernel.ts'
import { decodeTask, type TileTask } from './tile-task.ts'

serveThread((module: WebAssembly.Module) => {
  const kernel = instantiateTileKernel(module)
  const gunzip = findGunzip()
  return {
    work(task: TileTask) {
      const result = decodeTask(task, (tile) => {
        // Whoever sends gzipped tiles knows that they can be inflated.
        const bytes = tile.gzipped ? gunzip!(tile.bytes, mostRawBytes(tile)) : tile.bytes
        return typeof bytes === 'string' ? bytes : kernel.decode(tile, bytes, task.wide)
      })
      return { result, transfer: [result.pixels.buffer as ArrayBuffer] }
    },
  }
})
