import { definedOnly, FormatError, image, UnsupportedError, type Warning } from '@astronomaly/core'
import type { FitsHeader } from '@astronomaly/fits'
import { decodeHduImage, frameOfHeader, openFits, skyFrame, wcsFromHeader } from '@astronomaly/fits'
import type { ByteInput } from '@astronomaly/fits/bytes'
import { parseAngle } from '../sky/parse-angle.ts'
import { bandNames } from './band-names.ts'
import type { LoadedImage } from './loaded-image.ts'

/** A cube of more planes is a spectrum, not a picture in bands. */
const mostPlanes = 5

/** Planes, height and width of an image's axes, those of length 1 before the last two left out; `undefined` below two axes. */
function pictureAxes(
  shape: readonly number[],
  source: string,
): [planes: number, height: number, width: number] | undefined {
  if (shape.length < 2) return undefined
  const [height, width] = shape.slice(-2) as [number, number]
  const others = shape.slice(0, -2).filter((size) => size !== 1)
  if (others.length > 1)
    throw new UnsupportedError(`FITS picture: must have at most 3 axes. Received [${shape}] (${source}).`)
  const planes = others[0] ?? 1
  if (planes > mostPlanes) {
    throw new UnsupportedError(
      `FITS picture: cube must have at most ${mostPlanes} planes. Received ${planes} (${source}).`,
    )
  }
  return [planes, height, width]
}

/**
 * The first image of at least two axes in a FITS file as a picture: the planes of a cube become channels.
 *
 * @throws FormatError when there is none or it is damaged; UnsupportedError for a cube of more than five planes.
 */
export async function decodeFitsPicture(
  input: ByteInput,
  source: string,
  maxPixels: number,
  maxBytes: number,
): Promise<LoadedImage> {
  const unpacking: string[] = []
  const onWarning = ({ message }: Warning): void => void unpacking.push(message)
  const file = await openFits(input, { source, maxBytes, onWarning })
  for await (const hdu of file.hdus()) {
    if (hdu.kind !== 'image' && hdu.kind !== 'compressed-image') continue
    const axes = pictureAxes(hdu.shape, source)
    if (!axes) continue
    const [planes, height, width] = axes
    const { data, header } = await decodeHduImage(file, hdu, { maxPixels })
    const bands = bandNames(header, planes)
    const { position, warnings } = centre(header, height, width)
    return definedOnly({
      image: image(interleave(data, planes), height, width, planes),
      origin: 'science' as const,
      bands,
      ...position,
      simulated: isSimulated(header) ? (true as const) : undefined,
      warnings: [...unpacking, ...warnings],
    })
  }
  throw new FormatError('FITS: file must hold an image of at least two axes. It has none.', { source })
}

function interleave(data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>, planes: number): Float32Array {
  if (planes === 1) return data instanceof Float32Array ? data : new Float32Array(data)
  const out = new Float32Array(data.length)
  const size = data.length / planes
  for (let p = 0; p < planes; p++) for (let i = 0; i < size; i++) out[i * planes + p] = data[p * size + i]!
  return out
}

/** What `@astronomaly/simulate` writes. */
function isSimulated(header: FitsHeader): boolean {
  return header.cards.some(({ keyword, value }) => keyword === 'SIMULATE' && value === true)
}

/** Where the picture's centre is on the sky: by its map, else by RA and DEC: degrees, or sexagesimal hours and degrees. */
function centre(
  header: FitsHeader,
  height: number,
  width: number,
): { position: { ra?: number; dec?: number }; warnings: string[] } {
  const warnings: string[] = []
  try {
    const wcs = wcsFromHeader(header)
    if (wcs?.axes[0] === 0 && wcs.axes[1] === 1) {
      const { raDeg, decDeg } = wcs.pixelToSky((width - 1) / 2, (height - 1) / 2)
      if (Number.isFinite(raDeg) && Number.isFinite(decDeg)) return { position: { ra: raDeg, dec: decDeg }, warnings }
    }
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error
    warnings.push(`sky coordinates are not used: ${error.message}`)
  }
  const angle = (keyword: 'RA' | 'DEC'): number | undefined => {
    const value = header.cards.find((card) => card.keyword === keyword)?.value
    if (typeof value === 'string') return parseAngle(value, 'deg', keyword === 'RA' ? 'hour' : 'deg')
    return typeof value === 'number' ? value : Number.NaN
  }
  const [ra, dec] = [angle('RA'), angle('DEC')]
  if (Number.isNaN(ra) || Number.isNaN(dec)) return { position: {}, warnings }
  const unused = (why: string) => ({ position: {}, warnings: [...warnings, `sky coordinates are not used: ${why}`] })
  if (ra === undefined || dec === undefined || Math.abs(ra) > 360 || Math.abs(dec) > 90) {
    return unused('RA and DEC must be a place on the sky')
  }
  try {
    const frame = frameOfHeader(header)
    const sky = skyFrame(frame.name, frame.equinox)
    if (!sky) return unused(`the frame of RA and DEC must be one that leads to ICRS. Received ${frame.name}`)
    const place = new Float64Array(2)
    sky.toIcrs(ra, dec, place)
    return { position: { ra: place[0]!, dec: place[1]! }, warnings }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return unused(error.message)
  }
}
