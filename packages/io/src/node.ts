export {
  type ListMosaicFilesOptions,
  listMosaicFiles,
  type MosaicFile,
  type OpenMosaicFilesOptions,
  openMosaicFiles,
} from './cutout/open-mosaic-files.ts'
export { type WriteCutoutsOptions, type WrittenCutout, writeCutouts } from './cutout/write-cutouts.ts'
export { npyRowSource, readNpyFile } from './npy/npy-file.ts'
export { type NpyShardsOptions, type NpyShardWriter, openNpyShards } from './npy/npy-shards.ts'
export { type DownloadLayout, objectFileName, objectIdOf, objectPath } from './objects/object-file.ts'
export type { IndexedObject } from './objects/object-index.ts'
export { DownloadIndex } from './objects/object-index.ts'
export { pictureFormat } from './picture/decode-picture.ts'
export { type EncodePictureOptions, encodePicture } from './picture/encode-picture.ts'
export { loadSharp } from './picture/load-sharp.ts'
export type { LoadedImage, ReadImageOptions } from './picture/loaded-image.ts'
export { readBands } from './picture/read-bands.ts'
export { readImage } from './picture/read-image.ts'
export { type CsvRowSourceOptions, csvRowSource } from './table/csv-row-source.ts'
export { type OpenCatalogueOptions, openCatalogue } from './table/open-catalogue.ts'
export { parquetRowSource } from './table/parquet-file.ts'
export { type ReadCatalogueOptions, readCatalogue } from './table/read-catalogue.ts'
export { type WriteParquetRowsOptions, writeParquetRows } from './table/write-parquet-rows.ts'
export { type WriteTableOptions, writeTable } from './table/write-table.ts'
