/** A place on the sky, in degrees. */
export interface SkyPosition {
  /** Right ascension, 0 ≤ raDeg < 360; NaN where the map has no sky. */
  readonly raDeg: number
  /** Declination, −90 to 90; NaN where the map has no sky. */
  readonly decDeg: number
}

/** A place in the coordinates that a header itself uses, in degrees. */
export interface WorldPosition {
  /** Longitude, 0 ≤ lonDeg < 360: right ascension, galactic longitude and so on; NaN where the map has none. */
  readonly lonDeg: number
  /** Latitude, −90 to 90; NaN where the map has none. */
  readonly latDeg: number
}

/** A place in an image: column and row, 0-based, pixel centres at integers, rows in the order of the file. */
export interface PixelPosition {
  readonly x: number
  readonly y: number
}

/** The projections that are followed. */
export type ProjectionName = 'TAN' | 'SIN' | 'ARC' | 'STG' | 'ZEA' | 'CAR' | 'AIT'

/** The polynomials that are followed: SIP on pixels, TPV on the plane, DSS as the plate solution of a scanned sky survey. */
export type DistortionName = 'SIP' | 'TPV' | 'DSS'

/**
 * A map between pixels and sky.
 *
 * @remarks Outside its projection (beyond the limb of SIN, the ellipse of AIT, half a turn of CAR) a pixel has no sky: NaN. A
 * place that has no pixel gives `undefined`, or NaN in the bulk form: the far hemisphere of TAN and SIN, the antipode of STG,
 * and places at which a distortion polynomial cannot be solved. Methods keep no reference to their
 * arguments and cost O(1), O(terms) with a distortion.
 */
export interface SkyWcs {
  /** The projection. NCP is given as the SIN that it is. */
  readonly projection: ProjectionName
  /** The polynomial beside it, if any. */
  readonly distortion: DistortionName | undefined
  /**
   * Reference frame of the header's coordinates: for RA and DEC its RADESYS, or what the standard has in its place (`'ICRS'`,
   * `'FK5'`, `'FK4'`); `'GALACTIC'` for GLON and GLAT, `'SUPERGALACTIC'` for SLON, `'ECLIPTIC'` for ELON, `'HELIOECLIPTIC'`
   * for HLON; for all others the name of the longitude, such as `'HPLN'`.
   */
  readonly frame: string
  /** Year of the mean equinox of `'FK5'` (2000 unless said otherwise) and `'FK4'` (1950 unless said otherwise). */
  readonly equinox: number | undefined
  /** Which axes of the image are x and y, counted from 0 at the fastest: `[0, 1]` except in unusual cubes. */
  readonly axes: readonly [x: number, y: number]
  /**
   * The header's own coordinates at a pixel: what astropy's `all_pix2world(x, y, 0)` gives, the longitude turned to 0 … 360.
   *
   * @param x - Column, 0-based, pixel centres at integers.
   * @param y - Row in the order of the file.
   */
  pixelToWorld(x: number, y: number): WorldPosition
  /** The pixel of a place in the header's own coordinates; `undefined` where there is none. */
  worldToPixel(lonDeg: number, latDeg: number): PixelPosition | undefined
  /**
   * Right ascension and declination in ICRS at a pixel, whatever the map's frame and equinox; the epoch of FK4 is taken to be its equinox.
   *
   * @throws UnsupportedError when `frame` is none that is followed to ICRS, such as `'GAPPT'`.
   */
  pixelToSky(x: number, y: number): SkyPosition
  /**
   * The pixel of a right ascension and declination in ICRS; `undefined` where there is none.
   *
   * @throws UnsupportedError as `pixelToSky`.
   */
  skyToPixel(raDeg: number, decDeg: number): PixelPosition | undefined
  /**
   * `pixelToSky` for many pixels.
   *
   * @returns New f64 arrays as long as `x`; NaN where there is no sky.
   * @throws ShapeError when the lengths differ; UnsupportedError as `pixelToSky`.
   */
  pixelsToSky(x: Float64Array, y: Float64Array): { readonly raDeg: Float64Array; readonly decDeg: Float64Array }
  /**
   * `skyToPixel` for many places.
   *
   * @returns New f64 arrays as long as `raDeg`; NaN where there is no pixel.
   * @throws ShapeError when the lengths differ; UnsupportedError as `skyToPixel`.
   */
  skyToPixels(raDeg: Float64Array, decDeg: Float64Array): { readonly x: Float64Array; readonly y: Float64Array }
  /**
   * The side of a square of a pixel's area, in degrees.
   *
   * @param x - Column at which the area is measured on the sphere, with projection and distortion; without `x` and `y` it is
   * √|det CD|, the area at the reference pixel without distortion.
   * @param y - Row, as `x`.
   * @returns NaN where half a pixel around has no sky.
   */
  pixelScaleDeg(x?: number, y?: number): number
}
