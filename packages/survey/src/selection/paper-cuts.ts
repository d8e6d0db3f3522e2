import { allOf, anyOf, arithmetic, type Cut, column, compare, type Quantity, squareRoot } from './predicate.ts'

const bands = ['g', 'r', 'z'] as const

/** Flux over its error, where a table (the Legacy Surveys' files) has no such column: `flux * sqrt(flux_ivar)`. */
function signalToNoise(band: string): Quantity {
  return column(`snr_${band}`, { otherwise: arithmetic(`flux_${band}`, '*', squareRoot(`flux_ivar_${band}`)) })
}

/**
 * The cuts by which the paper chooses extended, well measured galaxies from the Legacy Surveys' tractor catalogues.
 *
 * | cut | keeps |
 * |---|---|
 * | `type` | type is not PSF |
 * | `allmask` | allmask_g, allmask_r and allmask_z are 0 |
 * | `rchisq` | any of rchisq_g, rchisq_r, rchisq_z is above 1 |
 * | `snr` | all of snr_g, snr_r, snr_z are above 0; without these columns, flux * sqrt(flux_ivar) |
 * | `flux` | any of flux_g, flux_r, flux_z is above 7 nanomaggies |
 * | `shape` | shapedev_r or shapeexp_r is above 3 arcsec |
 *
 * @see Etsebeth et al. 2024, MNRAS 529, 732, section 2.1 and appendix B
 */
export const paperCuts: readonly Cut[] = [
  { name: 'type', keep: compare('type', '!=', 'PSF') },
  { name: 'allmask', keep: allOf(...bands.map((band) => compare(`allmask_${band}`, '=', 0))) },
  { name: 'rchisq', keep: anyOf(...bands.map((band) => compare(`rchisq_${band}`, '>', 1))) },
  { name: 'snr', keep: allOf(...bands.map((band) => compare(signalToNoise(band), '>', 0))) },
  { name: 'flux', keep: anyOf(...bands.map((band) => compare(`flux_${band}`, '>', 7))) },
  { name: 'shape', keep: anyOf(compare('shapedev_r', '>', 3), compare('shapeexp_r', '>', 3)) },
]

/** Where the tractor catalogues before data release 4 keep each band: vectors over u, g, r, i, z, Y. */
export const decamVectorColumns: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['g', 1],
    ['r', 2],
    ['z', 4],
  ].flatMap(([band, element]) => [
    [`flux_${band}`, `decam_flux[${element}]`],
    [`flux_ivar_${band}`, `decam_flux_ivar[${element}]`],
    [`rchisq_${band}`, `decam_rchi2[${element}]`],
    [`allmask_${band}`, `decam_allmask[${element}]`],
  ]),
)
