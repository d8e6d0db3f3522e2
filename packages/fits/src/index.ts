export { onesComplementSum } from './checksum.ts'
export type { FitsHdu, FitsHduKind } from './describe-hdu.ts'
export { encodeFits, type FitsUnit, type FitsUnitLabels } from './encode-fits.ts'
export { encodeFitsHeader } from './header/encode-header.ts'
export type { FitsCard, FitsValue } from './header/fits-card.ts'
export { FitsHeader } from './header/fits-header.ts'
export { type ParsedFitsHeader, type ParseFitsHeaderOptions, parseFitsHeader } from './header/parse-header.ts'
export { printable } from './header/printable.ts'
export type { PixelArray } from './image/decode-pixels.ts'
export { type EncodeFitsImageOptions, encodeFitsImage } from './image/encode-fits-image.ts'
export type { FitsPixels } from './image/encode-pixels.ts'
export type { FitsSection } from './image/image-section.ts'
export { decodeHduImage, type FitsImage, type ReadFitsImageOptions, readFitsImage } from './image/read-fits-image.ts'
export { isFits } from './is-fits.ts'
export {
  assertWholeData,
  type FitsFile,
  type FitsInput,
  listHdus,
  type OpenFitsOptions,
  openFits,
} from './open-fits.ts'
export { angularSeparationDeg, separationFromParts } from './sky/angular-separation.ts'
export { type SkyFrame, skyFrame } from './sky/sky-frame.ts'
export type { FitsTableColumn } from './table/column-plan.ts'
export type { FitsStorage } from './table/encode-elements.ts'
export { type EncodeFitsTableOptions, encodeFitsTable } from './table/encode-fits-table.ts'
export {
  type FitsCatalogue,
  type OpenFitsTableOptions,
  openFitsTable,
  type SourceOpener,
} from './table/open-fits-table.ts'
export type { FitsTableOptions } from './table/open-table.ts'
export { type ReadFitsTableOptions, readFitsTable } from './table/read-fits-table.ts'
export {
  type ChecksumVerdict,
  type FitsChecksum,
  type VerifyChecksumOptions,
  verifyChecksum,
} from './verify-checksum.ts'
export { frameOfHeader } from './wcs/frame.ts'
export { type SameGridOptions, sameGrid } from './wcs/same-grid.ts'
export type {
  DistortionName,
  PixelPosition,
  ProjectionName,
  SkyPosition,
  SkyWcs,
  WorldPosition,
} from './wcs/sky-wcs.ts'
export { type WcsOptions, wcsFromHeader } from './wcs/wcs.ts'
