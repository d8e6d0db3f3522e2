export {
  type Catalogue,
  type CatalogueBatchOptions,
  type CatalogueColumn,
  type ColumnType,
  type ColumnValues,
  catalogueOf,
  gatherTable,
  type Table,
  type TableBatch,
  type TableColumn,
} from '@astronomaly/core/table'
export {
  angularSeparationDeg,
  encodeFitsImage,
  encodeFitsTable,
  FitsHeader,
  listHdus,
  openFits,
  openFitsTable,
  readFitsImage,
  readFitsTable,
  skyFrame,
  wcsFromHeader,
} from '@astronomaly/fits'
export { cutOut } from './cutout/cut-out.ts'
export type {
  Cutout,
  CutoutGrid,
  CutoutObject,
  RejectedCutout,
  RejectionReason,
} from './cutout/cutout.ts'
export type { CutoutOptions } from './cutout/cutout-options.ts'
export { type CutoutSideOptions, cutoutSide } from './cutout/cutout-side.ts'
export { encodeCutout } from './cutout/encode-cutout.ts'
export type { Interpolation } from './cutout/interpolation.ts'
export type { MosaicImage, MosaicInput } from './cutout/mosaic-image.ts'
export { type MosaicHit, type Mosaics, type OpenMosaicsOptions, openMosaics } from './cutout/mosaics.ts'
export type { PixelBlock } from './cutout/resample.ts'
export { decodeNpy, encodeNpy, type NpyArray, type NpyData } from './npy/npy.ts'
export { cellNumber, cellText, findColumn } from './table/cells.ts'
export { type CsvOptions, type CsvTableOptions, encodeCsv, parseCsvTable } from './table/csv-table.ts'
export { encodeEcsv } from './table/encode-ecsv.ts'
export { decodeParquetTable, encodeParquetTable, type ParquetOptions } from './table/parquet-table.ts'
export { type TableRowSourceOptions, tableRowSource } from './table/table-row-source.ts'
export type { TextEncoding } from './table/text-pieces.ts'
export { encodeVoTable } from './table/votable/encode-votable.ts'
export { parseVoTable, type VoTable, type VoTableOptions } from './table/votable/parse-votable.ts'
export type { VoDatatype, VoField, VoInfo, VoParam } from './table/votable/vo-field.ts'
export { XmlReader } from './table/votable/xml-reader.ts'
