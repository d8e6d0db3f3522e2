import { lazyKernel } from '@astronomaly/core/kernels'
import { byteOrderWasm } from './byte-order-wasm.ts'

/** The kernel's functions and the memory that they work on. */
export interface ByteOrderKernel {
  readonly memory: WebAssembly.Memory
  readonly reverse2: (at: number, end: number) => void
  readonly reverse4: (at: number, end: number) => void
  readonly reverse8: (at: number, end: number) => void
  readonly convert1: (at: number, end: number, to: number, scale: number, zero: number, blank: number) => void
  readonly convert2: (at: number, end: number, to: number, scale: number, zero: number, blank: number) => void
  readonly convert4: (at: number, end: number, to: number, scale: number, zero: number, blank: number) => void
}

/** Where the bytes lie that the kernel works on, and how many: they stay in the cache nearest to the core. */
export const blockAt = 1024
export const blockBytes: number = 2 ** 15
/** Where converted elements are put, at most 64 KiB and 64 bytes. */
export const convertedAt: number = blockAt + blockBytes
/** Below, copying to the kernel and back is not worth it. */
export const fewBytes: number = 2 ** 12

const lazy = lazyKernel(byteOrderWasm, (module): ByteOrderKernel => {
  const memory = new WebAssembly.Memory({ initial: 2 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return { ...(exports as unknown as Omit<ByteOrderKernel, 'memory'>), memory }
})

/** The kernel; null where WebAssembly with SIMD cannot be had. */
export const byteOrderKernel: () => ByteOrderKernel | null = lazy.instance
