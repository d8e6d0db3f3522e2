const radian = Math.PI / 180
const arcsec = radian / 3600

/** A matrix of three rows that turns direction cosines. */
type Turn = readonly [number, number, number, number, number, number, number, number, number]

/**
 * A frame of positions on the sky, and how its positions become ICRS's.
 *
 * @remarks Both directions take and give degrees, longitudes from 0 to 360 and latitudes from −90 to 90, O(1).
 */
export interface SkyFrame {
  /** Writes right ascension and declination. */
  toIcrs(lonDeg: number, latDeg: number, out: Float64Array): void
  /** Writes the frame's own longitude and latitude. */
  fromIcrs(raDeg: number, decDeg: number, out: Float64Array): void
}

function about(axis: 'x' | 'y' | 'z', angle: number): Turn {
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  if (axis === 'x') return [1, 0, 0, 0, c, s, 0, -s, c]
  return axis === 'y' ? [c, 0, -s, 0, 1, 0, s, 0, c] : [c, s, 0, -s, c, 0, 0, 0, 1]
}

/** The turn that does `turns` from the last to the first. */
function product(...turns: readonly Turn[]): Turn {
  return turns.reduce((a, b) => {
    const at = (row: number, column: number): number =>
      a[3 * row]! * b[column]! + a[3 * row + 1]! * b[3 + column]! + a[3 * row + 2]! * b[6 + column]!
    return [at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)]
  })
}

function transposed([a, b, c, d, e, f, g, h, i]: Turn): Turn {
  return [a, d, g, b, e, h, c, f, i]
}

function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0)
}

/**
 * From ICRS to the mean equator of a Julian year, precession and bias of IAU 2006, and the mean obliquity there.
 *
 * @see Hilton et al. 2006, https://doi.org/10.1007/s10569-006-0001-2, Fukushima–Williams angles; IAU SOFA's `pmat06`
 */
function meanEquator(year: number): { readonly turn: Turn; readonly obliquity: number } {
  const t = (year - 2000) / 100
  const angle = (...coefficients: readonly number[]): number => polynomial(t, coefficients) * arcsec
  const gamma = angle(-0.052928, 10.556378, 0.4932044, -0.00031238, -0.000002788, 0.000000026)
  const phi = angle(84381.412819, -46.811016, 0.0511268, 0.00053289, -0.00000044, -0.0000000176)
  const psi = angle(-0.041775, 5038.481484, 1.5584175, -0.00018522, -0.000026452, -0.0000000148)
  const obliquity = angle(84381.406, -46.836769, -0.0001831, 0.0020034, -0.000000576, -0.0000000434)
  const turn = product(about('x', -obliquity), about('z', -psi), about('x', phi), about('z', gamma))
  return { turn, obliquity }
}

/** From ICRS to FK5 of J2000. @see Mignard & Froeschlé 2000, https://ui.adsabs.harvard.edu/abs/2000A&A...354..732M */
const icrsToFk5: Turn = product(about('x', 0.0199 * arcsec), about('y', 0.0091 * arcsec), about('z', -0.0229 * arcsec))

function fk5ToIcrs(equinox: number): Turn {
  const precession = product(meanEquator(2000).turn, transposed(meanEquator(equinox).turn))
  return product(transposed(icrsToFk5), precession)
}

/** Precession between Besselian years on the FK4. @see Explanatory Supplement 1992, 3.214 and 3.59-2 */
function besselianPrecession(from: number, to: number): Turn {
  const t = (from - 1850) / 1000
  const dt = (to - from) / 1000
  const first = 23035.545 + 139.72 * t + 0.06 * t * t
  const zeta = polynomial(dt, [0, first, 30.24 - 0.27 * t, 17.995])
  const z = polynomial(dt, [0, first, 109.48 + 0.39 * t, 18.325])
  const theta = polynomial(dt, [0, 20051.12 - 85.29 * t - 0.37 * t * t, -42.65 - 0.37 * t, -41.8])
  return product(about('z', -z * arcsec), about('y', theta * arcsec), about('z', -zeta * arcsec))
}

/** From FK4 of B1950 to FK5 of J2000, and its change a century of the epoch after 1950. @see Explanatory Supplement 1992, 3.592-2 */
const b1950ToJ2000: Turn = [
  ...([0.9999256794956877, -0.0111814832204662, -0.0048590038153592] as const),
  ...([0.0111814832391717, 0.9999374848933135, -0.0000271625947142] as const),
  ...([0.0048590037723143, -0.000027170293744, 0.9999881946023742] as const),
]
const b1950ToJ2000Change: Turn = [
  ...([-0.0026455262e-6, -1.1539918689e-6, 2.111134619e-6] as const),
  ...([1.1540628161e-6, -0.0129042997e-6, 0.0236021478e-6] as const),
  ...([-2.1112979048e-6, -0.0056024448e-6, 0.0102587734e-6] as const),
]

/** Julian year of a Besselian year's beginning. */
function julianYear(besselian: number): number {
  return 2000 + (2415020.31352 + (besselian - 1900) * 365.242198781 - 2451545) / 365.25
}

/** From FK4 without E-terms of a Besselian equinox, for an epoch that is the equinox, to ICRS. */
function fk4ToIcrs(equinox: number): { readonly forth: Turn; readonly back: Turn } {
  const century = (julianYear(equinox) - 1950) / 100
  const toFk5 = b1950ToJ2000.map((value, i) => value + century * b1950ToJ2000Change[i]!) as unknown as Turn
  const bias = transposed(icrsToFk5)
  return {
    forth: product(bias, toFk5, besselianPrecession(equinox, 1950)),
    // The matrix is not quite orthogonal; its transpose is what is taken for the way back.
    back: product(besselianPrecession(1950, equinox), transposed(toFk5), icrsToFk5),
  }
}

/**
 * The terms of aberration by the ellipse of the Earth's orbit, which positions of the FK4 contain.
 *
 * @see Explanatory Supplement 1992, 3.531
 */
function eTerms(equinox: number): readonly [number, number, number] {
  const day = 2415020.31352 + (equinox - 1900) * 365.242198781
  const t = (day - 2433282.42345905) / 36525
  const constant = 0.0056932 * radian
  const eccentricity = polynomial(t, [0.01673011, -0.00004193, -0.000000126])
  const perigee = polynomial(t, [1015489.951, 6190.67, 1.65, 0.012]) * arcsec
  const obliquity = polynomial((day - 2451545) / 36525, [84381.448, -46.815, -0.00059, 0.001813]) * arcsec
  const across = -eccentricity * constant * Math.cos(perigee)
  return [eccentricity * constant * Math.sin(perigee), across * Math.cos(obliquity), across * Math.sin(obliquity)]
}

function direction(lonDeg: number, latDeg: number): [number, number, number] {
  const [lon, lat] = [lonDeg * radian, latDeg * radian]
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)]
}

function turned([x, y, z]: readonly [number, number, number], m: Turn): [number, number, number] {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z]
}

function writePlace([x, y, z]: readonly [number, number, number], out: Float64Array): void {
  const lon = Math.atan2(y, x) / radian
  out[0] = lon < 0 ? lon + 360 : lon
  if (out[0] === 360) out[0] = 0
  out[1] = Math.atan2(z, Math.hypot(x, y)) / radian
}

function turning(forth: Turn, back: Turn = transposed(forth)): SkyFrame {
  return {
    toIcrs: (lonDeg, latDeg, out) => writePlace(turned(direction(lonDeg, latDeg), forth), out),
    fromIcrs: (raDeg, decDeg, out) => writePlace(turned(direction(raDeg, decDeg), back), out),
  }
}

function fk4(equinox: number): SkyFrame {
  const { forth, back } = fk4ToIcrs(equinox)
  const [a, b, c] = eTerms(equinox)
  return {
    toIcrs(lonDeg, latDeg, out) {
      const [x, y, z] = direction(lonDeg, latDeg)
      const along = a * x + b * y + c * z
      writePlace(turned([x - a + along * x, y - b + along * y, z - c + along * z], forth), out)
    },
    fromIcrs(raDeg, decDeg, out) {
      const free = turned(direction(raDeg, decDeg), back)
      const length = Math.hypot(...free)
      const [x, y, z] = free.map((value) => value / length) as [number, number, number]
      let place: [number, number, number] = [x, y, z]
      // Each step gains four digits.
      for (let step = 0; step < 6; step++) {
        const scale = 1 + a * place[0] + b * place[1] + c * place[2]
        place = [(a + x) / scale, (b + y) / scale, (c + z) / scale]
      }
      writePlace(place, out)
    },
  }
}

/** From ICRS to galactic: the pole and the longitude that Reid & Brunthaler 2004, https://doi.org/10.1086/424960, give in FK5 J2000. */
const icrsToGalactic: Turn = product(
  about('z', Math.PI - 122.9319185680026 * radian),
  about('y', (90 - 27.12825118085622) * radian),
  about('z', 192.8594812065348 * radian),
  icrsToFk5,
)

/** From galactic to supergalactic. @see de Vaucouleurs et al. 1976: the pole at l = 47.37°, b = 6.32° */
const galacticToSupergalactic: Turn = product(
  about('z', 90 * radian),
  about('y', (90 - 6.32) * radian),
  about('z', 47.37 * radian),
)

const identity: SkyFrame = {
  toIcrs(lonDeg, latDeg, out) {
    out[0] = lonDeg >= 0 && lonDeg < 360 ? lonDeg : (((lonDeg % 360) + 360) % 360) % 360
    out[1] = latDeg
  },
  fromIcrs(raDeg, decDeg, out) {
    identity.toIcrs(raDeg, decDeg, out)
  },
}

/**
 * The frame of that name: `'ICRS'`; `'FK5'` of a Julian equinox (2000 unless given); `'FK4'`, and `'FK4-NO-E'` without E-terms, of a
 * Besselian equinox (1950), which is taken for the epoch too; `'GALACTIC'`; `'SUPERGALACTIC'`; `'ECLIPTIC'`, mean and barycentric, of a
 * Julian equinox (2000).
 *
 * @returns `undefined` for every other name: geocentric apparent places, for example, depend on a time.
 * @remarks Within 1e-9 degrees of astropy 8's transformations (FK4 within 1e-8), which have the same sources. No proper motions and parallaxes.
 */
export function skyFrame(name: string, equinox?: number): SkyFrame | undefined {
  switch (name) {
    case 'ICRS':
      return identity
    case 'FK5':
      return turning(fk5ToIcrs(equinox ?? 2000))
    case 'FK4':
      return fk4(equinox ?? 1950)
    case 'FK4-NO-E': {
      const { forth, back } = fk4ToIcrs(equinox ?? 1950)
      return turning(forth, back)
    }
    case 'GALACTIC':
      return turning(transposed(icrsToGalactic))
    case 'SUPERGALACTIC':
      return turning(transposed(product(galacticToSupergalactic, icrsToGalactic)))
    case 'ECLIPTIC': {
      const { turn, obliquity } = meanEquator(equinox ?? 2000)
      return turning(transposed(product(about('x', obliquity), turn)))
    }
    default:
      return undefined
  }
}
