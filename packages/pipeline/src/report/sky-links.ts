/** A page that shows a place on the sky. */
export interface SkyLink {
  readonly name: string
  readonly url: string
}

/**
 * Pages of sky viewers at a position.
 *
 * @param raDeg - Right ascension, degrees, ICRS; any number of turns.
 * @param decDeg - Declination, degrees, ICRS.
 * @returns None when the position is missing, not finite, or beyond a pole.
 */
export function skyLinks(raDeg: number | undefined, decDeg: number | undefined): readonly SkyLink[] {
  if (raDeg === undefined || decDeg === undefined) return []
  if (!Number.isFinite(raDeg) || !(Math.abs(decDeg) <= 90)) return []
  // Six decimals are 4 milliarcseconds.
  const ra = (((raDeg % 360) + 360) % 360).toFixed(6)
  const dec = decDeg.toFixed(6)
  const position = encodeURIComponent(`${ra} ${dec.startsWith('-') ? dec : `+${dec}`}`)
  return [
    {
      name: 'Legacy',
      url: `https://www.legacysurvey.org/viewer?ra=${ra}&dec=${dec}&layer=ls-dr10&zoom=15&mark=${ra},${dec}`,
    },
    {
      name: 'SIMBAD',
      url: `https://simbad.cds.unistra.fr/simbad/sim-coo?Coord=${position}&CooFrame=ICRS&Radius=15&Radius.unit=arcsec`,
    },
    { name: 'Aladin', url: `https://aladin.cds.unistra.fr/AladinLite/?target=${position}&fov=0.03` },
  ]
}
