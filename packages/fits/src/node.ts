export { fileByteSource } from './bytes/file-byte-source.ts'
export { type WriteFitsImageOptions, writeFitsImage } from './image/write-fits-image.ts'
export { type WriteFitsTableOptions, writeFitsTable } from './table/write-fits-table.ts'
