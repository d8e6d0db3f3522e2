import type { PackedTrees } from './pack-trees.ts'

/** One WebAssembly instance with its memory, holding the trees of one ensemble at a time. */
export interface TreeKernel {
  /** Takes these trees from now on, unless it has them already. @throws RangeError when the memory cannot grow. */
  load(packed: PackedTrees): void
  /**
   * Sums the leaf values of `count` rows, `[count, columns]` row-major, into `sums`, overwriting them.
   *
   * @returns Whether all values are finite; if not, NaN has gone left.
   */
  sum(rows: Float32Array, count: number, sums: Float64Array): boolean
}

/**
 * Instantiates the kernel.
 *
 * @remarks The memory holds, from the desk of the kernel on: rows, block, sums, trees. It grows and never shrinks.
 */
export function instantiateTreeKernel(module: WebAssembly.Module): TreeKernel {
  const page = 65_536
  const memory = new WebAssembly.Memory({ initial: 2 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const sumLeafValues = exports.sumLeafValues as (...args: number[]) => number
  // The desk lies at 1,024 and is 64 KiB long.
  const rowsAt = 1024 + 65_536
  let resident: PackedTrees | undefined
  let columns = 0
  let stride = 0
  let trees = 0
  let blockAt = 0
  let sumsAt = 0
  let imageAt = 0
  let rowsView = new Float32Array(0)
  let sumsView = new Float64Array(0)
  return {
    load(packed) {
      if (resident === packed) return
      resident = undefined
      columns = packed.columns
      stride = packed.stride
      trees = packed.trees
      blockAt = rowsAt + columns * stride * 4
      sumsAt = blockAt + columns * stride * 4
      imageAt = sumsAt + stride * 8
      const missing = imageAt + packed.bytes.byteLength - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / page))
      new Uint8Array(memory.buffer).set(packed.bytes, imageAt)
      rowsView = new Float32Array(memory.buffer, rowsAt, columns * stride)
      sumsView = new Float64Array(memory.buffer, sumsAt, stride)
      resident = packed
    },
    sum(rows, count, sums) {
      let finite = 1
      for (let start = 0; start < count; start += stride) {
        const some = Math.min(stride, count - start)
        rowsView.set(rows.subarray(start * columns, (start + some) * columns))
        finite &= sumLeafValues(imageAt, trees, rowsAt, columns, some, blockAt, stride, sumsAt)
        sums.set(some === stride ? sumsView : sumsView.subarray(0, some), start)
      }
      return finite === 1
    },
  }
}
