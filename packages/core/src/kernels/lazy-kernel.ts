/** A WebAssembly kernel that is made when it is first wanted, once a thread: each memory reserves gigabytes of addresses. */
export interface LazyKernel<Kernel> {
  /** The compiled module; null where WebAssembly with SIMD cannot be had. */
  module(): WebAssembly.Module | null
  /** The instance of this thread; null where there is no module, or no memory for it now: the caller's twin in TypeScript works then. */
  instance(): Kernel | null
  /** Gives the instance up if it is too large, since its memory never shrinks. The next use makes a new one. */
  dropIf(isTooLarge: (kernel: Kernel) => boolean): void
}

/**
 * The one way to a kernel.
 *
 * @param base64 - The module.
 */
export function lazyKernel<Kernel>(
  base64: string,
  instantiate: (module: WebAssembly.Module) => Kernel,
): LazyKernel<Kernel> {
  let compiled: WebAssembly.Module | null | undefined
  let shared: Kernel | undefined
  const module = (): WebAssembly.Module | null => {
    if (compiled === undefined) {
      try {
        compiled = new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)))
      } catch {
        compiled = null
      }
    }
    return compiled
  }
  return {
    module,
    instance() {
      const ready = module()
      if (shared === undefined && ready) shared = withMemory(() => instantiate(ready))
      return shared ?? null
    },
    dropIf(isTooLarge) {
      if (shared !== undefined && isTooLarge(shared)) shared = undefined
    },
  }
}

/** What `compute` gives, or undefined where memory cannot be had for it, which a RangeError says: a twin needs less. */
export function withMemory<Result>(compute: () => Result): Result | undefined {
  try {
    return compute()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return undefined
  }
}
