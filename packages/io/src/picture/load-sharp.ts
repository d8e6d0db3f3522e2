type Sharp = typeof import('sharp').default

let loaded: Promise<Sharp> | undefined

/**
 * The picture library, loaded at first use.
 *
 * @remarks One thread a picture and no cache of earlier ones: callers decide how many pictures are under way, and memory stays bounded.
 */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.concurrency(1)
    sharp.cache(false)
    return sharp
  })
  return loaded
}
