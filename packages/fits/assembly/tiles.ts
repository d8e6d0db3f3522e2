// AssemblyScript: tiles of compressed pictures. No runtime, no allocation: the caller lays out the memory (`tile-kernel.ts` says how).
// The slow twin with the same bits is `decode-tile.ts`.
export { decodeHcompress } from './parts/hcompress'
export { decodePlio } from './parts/plio'
export { fillRandom, restore, unpackFloats, unpackIntegers } from './parts/restore'
export { decodeRice } from './parts/rice'
