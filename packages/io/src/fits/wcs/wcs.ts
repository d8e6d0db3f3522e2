import type { FitsHeader } from '../header/fits-header.ts'

/** A place on the sky, in degrees. */
export interface SkyPosition {
  /** Right ascension, 0 ≤ raDeg < 360. */
  readonly raDeg: number
  /** Declination, −90 to 90. */
  readonly decDeg: number
}

/** A gnomonic (TAN) map between pixels and sky. */
export interface TanWcs {
  /** Reference frame of the coordinates: RADESYS, or what the standard has in its place (`'ICRS'`, `'FK5'`, `'FK4'`). */
  readonly frame: string
  /**
   * The sky at a pixel.
   *
   * @param x - Column, 0-based, pixel centres at integers.
   * @param y - Row in the order of the file.
   */
  pixelToSky(x: number, y: number): SkyPosition
  /** The pixel of a place on the sky; `undefined` when it is 90° or more from the reference point. */
  skyToPixel(raDeg: number, decDeg: number): { readonly x: number; readonly y: number } | undefined
}

const radian = Math.PI / 180

/** Numbers of the celestial axes, when they are RA---TAN and DEC--TAN. */
function tanAxes(header: FitsHeader): { ra: number; dec: number } | undefined {
  let ra: number | undefined
  let dec: number | undefined
  const count = header.integer('WCSAXES', 0, 999) ?? header.integer('NAXIS', 0, 999) ?? 2
  for (let axis = 1; axis <= Math.max(2, count); axis++) {
    const type = header.get(`CTYPE${axis}`)
    if (type === 'RA---TAN') ra ??= axis
    else if (type === 'DEC--TAN') dec ??= axis
    if (typeof type === 'string' && /^(RA--|DEC-)/.test(type) && !type.endsWith('-TAN')) return undefined
  }
  return ra !== undefined && dec !== undefined ? { ra, dec } : undefined
}

function hasKeyword(header: FitsHeader, pattern: RegExp): boolean {
  return header.cards.some((card) => pattern.test(card.keyword))
}

/** Degrees per pixel: [[ra by x, ra by y], [dec by x, dec by y]], x the first file axis of the two. */
function linearPart(
  header: FitsHeader,
  axes: { ra: number; dec: number },
): [number, number, number, number] | undefined {
  const [a, b] = [Math.min(axes.ra, axes.dec), Math.max(axes.ra, axes.dec)]
  const rows = [axes.ra, axes.dec]
  if (hasKeyword(header, /^CD\d+_\d+$/)) {
    const cd = rows.flatMap((row) => [a, b].map((column) => header.number(`CD${row}_${column}`) ?? 0))
    return cd as [number, number, number, number]
  }
  const delta = (axis: number): number => header.number(`CDELT${axis}`) ?? 1
  if (hasKeyword(header, /^PC\d+_\d+$/)) {
    const pc = rows.flatMap((row) =>
      [a, b].map((column) => delta(row) * (header.number(`PC${row}_${column}`) ?? (row === column ? 1 : 0))),
    )
    return pc as [number, number, number, number]
  }
  const turn = (header.number(`CROTA${axes.dec}`) ?? header.number(`CROTA${axes.ra}`) ?? 0) * radian
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const [ra, dec] = [delta(axes.ra), delta(axes.dec)]
  return axes.ra < axes.dec ? [ra * cos, -dec * sin, ra * sin, dec * cos] : [-dec * sin, ra * cos, dec * cos, ra * sin]
}

/** Whether another axis turns into the sky, so that two coordinates do not suffice. */
function mixesOtherAxes(header: FitsHeader, axes: { ra: number; dec: number }): boolean {
  return header.cards.some((card) => {
    const [, row, column] = /^(?:CD|PC)(\d+)_(\d+)$/.exec(card.keyword)?.map(Number) ?? []
    if (row !== axes.ra && row !== axes.dec) return false
    return column !== axes.ra && column !== axes.dec && card.value !== 0
  })
}

function frameOf(header: FitsHeader): string {
  const named = header.get('RADESYS') ?? header.get('RADECSYS')
  if (typeof named === 'string' && named.trim() !== '') return named.trim().toUpperCase()
  const equinox = header.get('EQUINOX') ?? header.get('EPOCH')
  return typeof equinox === 'number' ? (equinox < 1984 ? 'FK4' : 'FK5') : 'ICRS'
}

/**
 * The map that a header describes: TAN with CDi_j, with PCi_j and CDELTi, or with CDELTi and CROTAi.
 *
 * @returns `undefined` for other projections, distortions (SIP, PV), other units than degrees, and headers without a map. No
 * precession is applied: positions are in the header's own `frame`.
 * @throws FormatError when a card of the map cannot be understood.
 * @remarks Pixels count from 0 here; FITS's own count from 1.
 * @see https://doi.org/10.1051/0004-6361:20021327
 */
export function wcsFromHeader(header: FitsHeader): TanWcs | undefined {
  const axes = tanAxes(header)
  if (!axes || hasKeyword(header, /^(PV\d+_\d+|A_ORDER|B_ORDER|CPDIS\d+|CQDIS\d+|D2IMDIS\d+)$/)) return undefined
  if (mixesOtherAxes(header, axes)) return undefined
  for (const axis of [axes.ra, axes.dec]) {
    const unit = header.get(`CUNIT${axis}`)
    if (typeof unit === 'string' && !/^(deg|degree|degrees|)$/i.test(unit.trim())) return undefined
  }
  const linear = linearPart(header, axes)
  const ra0 = header.number(`CRVAL${axes.ra}`)
  const dec0 = header.number(`CRVAL${axes.dec}`)
  if (!linear || ra0 === undefined || dec0 === undefined || Math.abs(dec0) > 90) return undefined
  const [ax, ay, dx, dy] = linear
  const determinant = ax * dy - ay * dx
  if (!(determinant !== 0 && Number.isFinite(determinant))) return undefined
  const [first, second] = [Math.min(axes.ra, axes.dec), Math.max(axes.ra, axes.dec)]
  const x0 = (header.number(`CRPIX${first}`) ?? 0) - 1
  const y0 = (header.number(`CRPIX${second}`) ?? 0) - 1
  const pole = (header.number('LONPOLE') ?? (dec0 >= 90 ? 0 : 180)) * radian
  const [sin0, cos0] = [Math.sin(dec0 * radian), Math.cos(dec0 * radian)]
  return {
    frame: frameOf(header),
    pixelToSky(x, y) {
      const u = (ax * (x - x0) + ay * (y - y0)) * radian
      const v = (dx * (x - x0) + dy * (y - y0)) * radian
      const r = Math.hypot(u, v)
      // The native point (φ, θ) with r = cot θ: sin θ = 1 / √(1 + r²), cos θ = r / √(1 + r²).
      const phi = (r === 0 ? 0 : Math.atan2(u, -v)) - pole
      const [cosPhi, sinPhi] = [r * Math.cos(phi), r * Math.sin(phi)]
      const east = -sinPhi
      const north = cos0 - sin0 * cosPhi
      const ra = ra0 + Math.atan2(east, north) / radian
      const dec = Math.atan2(sin0 + cos0 * cosPhi, Math.hypot(east, north)) / radian
      const turned = ((ra % 360) + 360) % 360
      return { raDeg: turned === 360 ? 0 : turned, decDeg: dec }
    },
    skyToPixel(raDeg, decDeg) {
      const turn = (raDeg - ra0) * radian
      const [sin, cos] = [Math.sin(decDeg * radian), Math.cos(decDeg * radian)]
      const height = sin * sin0 + cos * cos0 * Math.cos(turn)
      if (!(height > 0)) return undefined
      const phi = pole + Math.atan2(-cos * Math.sin(turn), sin * cos0 - cos * sin0 * Math.cos(turn))
      const r = Math.hypot(cos * Math.sin(turn), sin * cos0 - cos * sin0 * Math.cos(turn)) / height / radian
      const u = r * Math.sin(phi)
      const v = -r * Math.cos(phi)
      return { x: x0 + (dy * u - ay * v) / determinant, y: y0 + (ax * v - dx * u) / determinant }
    },
  }
}
