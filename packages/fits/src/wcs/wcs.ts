import { type OptionRules, ParameterError, resolveOptions, UnsupportedError } from '@astronomaly/core'
import type { FitsHeader } from '../header/fits-header.ts'
import { skyFrame } from '../sky/sky-frame.ts'
import { type CelestialAxes, celestialAxes } from './celestial-axes.ts'
import { createSkyWcs, type MapSteps } from './create-sky-wcs.ts'
import type { Distortion } from './distortion.ts'
import { readFrame } from './frame.ts'
import { readLinearPart } from './linear-part.ts'
import { type MapCards, mapCards, projectionParameters } from './map-cards.ts'
import { nativePole, readReferencePoint } from './native-pole.ts'
import { hasPlateSolution, readPlateSolution } from './plate-solution.ts'
import { projections } from './projections.ts'
import { hasSip, readSip } from './sip.ts'
import type { ProjectionName, SkyWcs } from './sky-wcs.ts'
import { sphereRotation } from './sphere-rotation.ts'
import { isUnnamedTpv, readTpv } from './tpv.ts'

const radian = Math.PI / 180

/** Which of a header's maps is read. */
export interface WcsOptions {
  /**
   * The letter of an alternate map, such as `'A'` for CTYPE1A; `''` for the primary.
   * @defaultValue ''
   */
  readonly alternate?: string | undefined
}

const wcsRules = {
  alternate: letterOption,
} satisfies OptionRules<WcsOptions>

function letterOption(alternate = '', subject: string): string {
  if (typeof alternate === 'string' && /^[A-Z]?$/.test(alternate)) return alternate
  throw new ParameterError(`${subject} must be one capital letter or ''. Received ${JSON.stringify(alternate)}.`)
}

/**
 * The map of a header between pixels and sky: TAN, SIN (slanted too, and NCP), ARC, STG, ZEA, CAR and AIT, with CDi_j, PCi_j and
 * CDELTi, or CDELTi and CROTAi; SIP, TPV (named, or PVi_m on TAN as SCAMP writes them) and the plate solutions of the
 * Digitized Sky Survey; any pair of celestial axes in any order, among other axes that do not turn into the sky.
 *
 * @returns `undefined` when the header has no celestial axes with a projection.
 * @throws UnsupportedError when it has a map that is not followed: other projections, other distortions (CPDISi, CQDISi,
 * D2IMDISi, other suffixes than SIP), other axes that turn into the sky; FormatError when a card of the map cannot be
 * understood, or the cards together describe no map; ParameterError for options out of range.
 * @remarks Pixels count from 0 here; FITS's own count from 1. A distortion belongs to one map: SIP to those that name it in CTYPEia
 * and, as astropy has it, to the primary one also without; PVi_ma, CPDISia and CQDISia to the map of their letter; plate solutions
 * and D2IMDISi to the primary one. Where conventions collide: TPV or unnamed PVi_m without the suffix
 * SIP set SIP aside; with the suffix, SIP sets unnamed PVi_m aside; a plate solution counts before the TAN map beside it.
 * @see https://doi.org/10.1051/0004-6361:20021326 and https://doi.org/10.1051/0004-6361:20021327
 */
export function wcsFromHeader(header: FitsHeader, options: WcsOptions = {}): SkyWcs | undefined {
  const { alternate } = resolveOptions('wcsFromHeader', options, wcsRules)
  const cards = mapCards(header, alternate)
  const axes = celestialAxes(cards)
  if (!axes) return undefined
  refuseTables(cards)
  const steps = readSteps(cards, axes)
  const frame = readFrame(cards, axes)
  return createSkyWcs(steps, {
    projection: steps.projection.name,
    distortion: steps.distortion?.name,
    frame: frame.name,
    equinox: frame.equinox,
    axes: [Math.min(axes.lon, axes.lat) - 1, Math.max(axes.lon, axes.lat) - 1],
    sky: skyFrame(frame.name, frame.equinox),
  })
}

/** @throws UnsupportedError for distortions in tables and in other words than polynomials known here. */
function refuseTables(cards: MapCards): void {
  const pattern = new RegExp(`^(?:C[PQ]DIS|D2IMDIS)\\d+${cards.alternate}$`)
  const table = cards.header.cards.find(({ keyword }) => pattern.test(keyword))
  if (table) {
    throw new UnsupportedError(
      `WCS: distortions must be SIP or TPV. Received ${table.keyword} = ${String(table.value)}.`,
    )
  }
}

function readSteps(cards: MapCards, axes: CelestialAxes): MapSteps {
  const { header } = cards
  if (cards.alternate === '' && axes.code === 'TAN' && hasPlateSolution(header)) {
    const { x0, y0, matrix, distortion, lon0, lat0 } = readPlateSolution(header)
    const rotation = sphereRotation({ lonDeg: lon0, latDeg: lat0, phiDeg: 180 })
    return { linear: { x0, y0, matrix }, distortion, projection: projections.TAN(new Map()), shift: [0, 0], rotation }
  }
  let lon: ReadonlyMap<number, number> = projectionParameters(cards, axes.lon, false)
  let lat: ReadonlyMap<number, number> = projectionParameters(cards, axes.lat, true)
  if (axes.suffix !== '' && axes.suffix !== 'SIP') throw unfollowed(cards, axes)
  const linear = readLinearPart(cards, axes)
  let distortion: Distortion | undefined
  const sip = (cards.alternate === '' || axes.suffix === 'SIP') && hasSip(header)
  const unnamed = axes.code === 'TAN' && isUnnamedTpv(lon, lat)
  if (axes.code === 'TPV' || unnamed) {
    if (axes.code === 'TPV' || !(sip && axes.suffix === 'SIP')) distortion = readTpv(cards, axes, lon, lat)
    lon = new Map()
    lat = new Map()
  }
  if (sip && !distortion) distortion = readSip(header)
  const foreign = [...lon.keys()].find((m) => m > 4)
  if (foreign !== undefined) {
    throw header.fault(cards.key(`PV${axes.lon}_${foreign}`), 'must be one of the parameters 0 to 4 of a longitude')
  }
  return { linear, distortion, ...readSphere(cards, axes, lon, lat) }
}

function unfollowed(cards: MapCards, axes: CelestialAxes): UnsupportedError {
  const known = Object.keys(projections).join(', ')
  return new UnsupportedError(
    `WCS: projections must be one of ${known}, TPV or NCP, with no suffix but SIP. Received ${cards.text(`CTYPE${axes.lon}`)}.`,
  )
}

/** Projection and rotation. */
function readSphere(
  cards: MapCards,
  axes: CelestialAxes,
  lon: ReadonlyMap<number, number>,
  lat: ReadonlyMap<number, number>,
): Pick<MapSteps, 'projection' | 'shift' | 'rotation'> {
  const isNcp = axes.code === 'NCP'
  const name = axes.code === 'TPV' ? 'TAN' : isNcp ? 'SIN' : axes.code
  if (!Object.hasOwn(projections, name)) throw unfollowed(cards, axes)
  const make = projections[name as ProjectionName]
  const reference = readReferencePoint(cards, axes, make(new Map()).theta0Deg, lon)
  // NCP is the slant (0, cot δ₀) of SIN.
  const projection = make(isNcp ? new Map([[2, 1 / Math.tan(reference.lat0 * radian)]]) : lat)
  if (isNcp && reference.lat0 === 0) {
    throw cards.header.fault(cards.key(`CRVAL${axes.lat}`), 'must not be 0 with NCP')
  }
  const pole = nativePole(reference)
  if (!pole) {
    throw cards.header.fault(
      cards.key('LONPOLE'),
      `must leave a place for the native pole. Received ${reference.phiPole} with the reference latitude ${reference.lat0}`,
    )
  }
  const shift = new Float64Array(2)
  const theta0 = reference.theta0 * radian
  if ((lon.get(0) ?? 0) !== 0) {
    if (!projection.toPlane(reference.phi0 * radian, Math.sin(theta0), Math.cos(theta0), shift)) {
      throw cards.header.fault(cards.key(`PV${axes.lon}_0`), 'must shift to a reference point that the projection has')
    }
  }
  return { projection, shift: [shift[0]!, shift[1]!], rotation: sphereRotation(pole) }
}
