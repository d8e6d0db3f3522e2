/** Inflates gzip data of at most `mostBytes`; or says what is wrong with them. */
export type GunzipTile = (bytes: Uint8Array, mostBytes: number) => Uint8Array | 'gzip' | 'gzip-too-long'

/**
 * Node's own way to inflate at once; undefined in browsers.
 *
 * @remarks Asked of the process itself, so that bundles for browsers stay free of Node.
 */
export function findGunzip(): GunzipTile | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  const zlib = process?.getBuiltinModule?.('zlib') as
    | { gunzipSync(bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }): Uint8Array }
    | undefined
  if (!zlib) return undefined
  return (bytes, mostBytes) => {
    try {
      // A chunk of the expected length: nothing need be joined.
      const chunkSize = Math.max(64, Math.min(mostBytes, 2 ** 20))
      return zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, mostBytes), chunkSize })
    } catch (error) {
      return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'gzip-too-long' : 'gzip'
    }
  }
}
