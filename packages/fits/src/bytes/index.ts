export {
  type ByteInput,
  type ByteRange,
  type ByteSource,
  blobByteSource,
  memoryByteSource,
  type ReadBytesOptions,
  readExactly,
  toByteSource,
} from './byte-source.ts'
export { type CachedByteSourceOptions, cachedByteSource } from './cached-byte-source.ts'
export { type HttpByteSourceOptions, httpByteSource } from './http-byte-source.ts'
export { type Packing, packedEnding, packingBytes, packingEndings, packingOf, unpackedName } from './packing.ts'
export { type JoinRangesOptions, type ReadRangesOptions, readRanges } from './read-ranges.ts'
export { type UnpackOptions, unpack } from './unpack.ts'
export { UnpackedByteSource, type UnpackedByteSourceOptions, unpackedByteSource } from './unpacked-byte-source.ts'
export { unpackedPieces } from './unpacked-pieces.ts'
