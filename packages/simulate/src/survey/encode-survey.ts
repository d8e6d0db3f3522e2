import { contiguousData, definedOnly } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { encodeFitsImage } from '@astronomaly/fits'
import { bandNames, type PerBand } from '../paint/canvas.ts'
import type { CatalogueEntry } from './catalogue-entry.ts'
import { pixelScaleArcsec } from './observing-conditions.ts'
import type { SimulatedObject } from './simulate-object.ts'

/** Says of a file that nothing in it is of the real sky. */
export const simulatedCard = {
  keyword: 'SIMULATE',
  value: true,
  comment: 'simulated: positions are of no real sky',
} as const

/**
 * A simulated cut-out as a FITS file: `[3, height, width]` float32 with bands g, r, z, and the sky's coordinates.
 *
 * @returns The whole file; the same object gives the same bytes. The card SIMULATE = T says that it is simulated. North is up in FITS's order of rows and east is left; the
 * catalogue's position lies at the picture's middle, within half a pixel of the object.
 */
export function encodeSimulatedObject(object: SimulatedObject): Uint8Array<ArrayBuffer> {
  const [height, width, bands] = object.image.shape
  const pixels = contiguousData(object.image)
  const data = new Float32Array(pixels.length)
  for (let band = 0; band < bands; band++) {
    for (let p = 0; p < height * width; p++) data[band * height * width + p] = pixels[p * bands + band]!
  }
  const { raDeg, decDeg } = object.catalogue
  const step = pixelScaleArcsec / 3600
  return encodeFitsImage({
    data,
    shape: [bands, height, width],
    header: [
      { keyword: 'OBJECT', value: object.id },
      simulatedCard,
      { keyword: 'BUNIT', value: 'nanomaggy', comment: 'AB magnitude 22.5 per unit' },
      { keyword: 'BANDS', value: bandNames.join('') },
      { keyword: 'RADESYS', value: 'ICRS' },
      { keyword: 'CTYPE1', value: 'RA---TAN' },
      { keyword: 'CTYPE2', value: 'DEC--TAN' },
      { keyword: 'CRVAL1', value: raDeg, comment: 'degrees' },
      { keyword: 'CRVAL2', value: decDeg, comment: 'degrees' },
      { keyword: 'CRPIX1', value: (width + 1) / 2 },
      { keyword: 'CRPIX2', value: (height + 1) / 2 },
      { keyword: 'CD1_1', value: -step, comment: `${pixelScaleArcsec} arcsec per pixel` },
      { keyword: 'CD1_2', value: 0 },
      { keyword: 'CD2_1', value: 0 },
      { keyword: 'CD2_2', value: step },
    ],
  })
}

/** The catalogue of simulated objects, with the column names of the Legacy Surveys' catalogues. */
export function surveyCatalogue(
  entries: readonly { readonly id: string; readonly catalogue: CatalogueEntry }[],
): Table {
  const numbers = (value: (entry: CatalogueEntry) => number): Float64Array =>
    Float64Array.from(entries, (e) => value(e.catalogue))
  const columns = new Map<string, TableColumn>([
    ['id', { values: entries.map((e) => e.id), width: 1 }],
    ['ra', { values: numbers((e) => e.raDeg), width: 1, unit: 'deg' }],
    ['dec', { values: numbers((e) => e.decDeg), width: 1, unit: 'deg' }],
    ['type', { values: entries.map((e) => e.catalogue.type), width: 1 }],
    ['shapeexp_r', { values: numbers((e) => e.shapeexpR), width: 1, unit: 'arcsec' }],
    ['shapedev_r', { values: numbers((e) => e.shapedevR), width: 1, unit: 'arcsec' }],
  ])
  const perBand: readonly (readonly [name: string, value: (e: CatalogueEntry) => PerBand, unit?: string])[] = [
    ['flux', (e) => e.flux, 'nanomaggy'],
    ['flux_ivar', (e) => e.fluxIvar, '1/nanomaggy^2'],
    ['snr', (e) => e.snr],
    ['rchisq', (e) => e.rchisq],
    ['psfsize', (e) => e.psfsize, 'arcsec'],
    ['psfdepth', (e) => e.psfdepth, '1/nanomaggy^2'],
  ]
  for (const [name, value, unit] of perBand) {
    for (const [band, letter] of bandNames.entries()) {
      const values = numbers((e) => value(e)[band]!)
      columns.set(`${name}_${letter}`, definedOnly({ values, width: 1, unit }))
    }
  }
  for (const [band, letter] of bandNames.entries()) {
    columns.set(`allmask_${letter}`, { values: Int16Array.from(entries, (e) => e.catalogue.allmask[band]!), width: 1 })
  }
  return { rowCount: entries.length, columns }
}
