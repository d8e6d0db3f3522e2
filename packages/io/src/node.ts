export {
  type ListMosaicFilesOptions,
  listMosaicFiles,
  type MosaicFile,
  type OpenMosaicFilesOptions,
  openMosaicFiles,
} from './cutout/open-mosaic-files.ts'
export { type WriteCutoutsOptions, type WrittenCutout, writeCutouts } from './cutout/write-cutouts.ts'
export { type CheckCutoutOptions, type CutoutFormat, type CutoutVerdict, checkCutout } from './download/check-cutout.ts'
export { type DownloadSummary, downloadCutouts } from './download/download-cutouts.ts'
export type { DownloadRecord } from './download/download-journal.ts'
export type { DownloadCutoutsOptions } from './download/download-plan.ts'
export { downloadTable, readDownloadJournal } from './download/download-table.ts'
export type { CutoutRequest } from './download/fetch-cutout.ts'
export { type DownloadLayout, objectFileName, objectIdOf } from './download/object-file.ts'
export { npyRowSource, readNpyFile } from './npy/npy-file.ts'
export { type NpyShardsOptions, type NpyShardWriter, openNpyShards } from './npy/npy-shards.ts'
export { type EncodePictureOptions, encodePicture } from './picture/encode-picture.ts'
export type { LoadedImage, ReadImageOptions } from './picture/loaded-image.ts'
export { readBands } from './picture/read-bands.ts'
export { readImage } from './picture/read-image.ts'
export { type DownloadTapOptions, downloadTap, openTapDownload, type TapDownload } from './services/download-tap.ts'
export { type CsvRowSourceOptions, csvRowSource } from './table/csv-row-source.ts'
export { type OpenCatalogueOptions, openCatalogue } from './table/open-catalogue.ts'
export { parquetRowSource } from './table/parquet-file.ts'
export { type ReadCatalogueOptions, readCatalogue } from './table/read-catalogue.ts'
export { type WriteParquetRowsOptions, writeParquetRows } from './table/write-parquet-rows.ts'
