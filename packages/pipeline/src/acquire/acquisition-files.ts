/** What a folder made by `downloadPictures` or `cutPictures` holds beside the pictures: journals, locks, unfinished files. */
const acquisitionName =
  /^(downloads\.jsonl|\.downloads-partial|cutouts\.json|cutouts-rejected\.csv(\..+\.tmp)?|(downloads|cutouts)\.lock(\..+)?)$/

/** Files of `cutPictures`, by what they are for. */
export const cutoutFiles = {
  /** The options that the pictures were made with. */
  record: 'cutouts.json',
  /** Objects that have no picture, with their reasons. */
  rejected: 'cutouts-rejected.csv',
  lock: 'cutouts.lock',
} as const

/** Whether a file or folder of this name is such, and no data. */
export function isAcquisitionFile(name: string): boolean {
  return acquisitionName.test(name)
}
