/**
 * Memory for what is written in whole before it is read: not zeroed where the platform can do without, which costs as much as decoding does.
 *
 * @remarks Whoever asks for it must not hand it out unless all of it was written.
 */
export function freshMemory(byteLength: number): ArrayBuffer {
  const { Buffer } = globalThis as {
    Buffer?: { allocUnsafeSlow?: (byteLength: number) => { readonly buffer: ArrayBuffer } }
  }
  return Buffer?.allocUnsafeSlow?.(byteLength).buffer ?? new ArrayBuffer(byteLength)
}
