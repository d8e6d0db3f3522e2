import {
  type Image,
  image,
  type NumericArray,
  numberOption,
  passedOption,
  resolveOptions,
  ShapeError,
} from '@astronomaly/core'
import { fillHoles, findCentral, labelRegions } from '../morphology/label-regions.ts'
import { checkImage } from './check-image.ts'
import { type SigmaClipOptions, sigmaClip } from './sigma-clip.ts'

/** What {@link centralRegion} takes for an object. */
export interface CentralRegionOptions {
  /**
   * Standard deviations above the median from which a pixel belongs to a region.
   * @defaultValue 1
   */
  readonly threshold?: number | undefined
  /** How median and standard deviation are estimated. @defaultValue `{}`: three sigma, five rounds */
  readonly clip?: SigmaClipOptions | undefined
}

const rules = { threshold: numberOption(1), clip: passedOption<SigmaClipOptions>() }

/** What {@link centralRegion} found. */
export interface CentralRegion {
  /** f32 `[h, w, 1]`: the input inside the region, 0 outside. */
  readonly image: Image<Float32Array>
  /** Row-major; 1 inside the region. Holes belong to it. */
  readonly inside: Uint8Array
  /** Whether the region covers the centre, is only the nearest to it, or does not exist (everything is 0 then). */
  readonly found: 'centre' | 'nearest' | 'none'
}

/**
 * Keeps only the connected region that covers the centre of the picture.
 *
 * @param input - `[h, w, 1]`; NaN belongs to no region and counts as 0.
 * @throws ShapeError unless there is one plane; ParameterError; NumericalError
 * @remarks A pixel is above when it exceeds median + `threshold` · standard deviation of the sigma-clipped plane. Pixels touching by
 * edge or corner hang together, holes are filled. The centre is the middle pixel, or any of the middle two or four. O(pixels).
 * @see Lochner & Bassett 2021, {@link https://doi.org/10.1016/j.ascom.2021.100481}
 */
export function centralRegion(input: Image<NumericArray>, options: CentralRegionOptions = {}): CentralRegion {
  const { threshold, clip } = resolveOptions('centralRegion', options, rules)
  const { data, height, width, channels } = checkImage('centralRegion', input)
  if (channels !== 1) throw new ShapeError(`centralRegion: image must have 1 plane. Received ${channels}.`)
  const { median, std } = sigmaClip(data, clip)
  const above = new Uint8Array(data.length)
  for (let i = 0; i < above.length; i++) above[i] = data[i]! > median + threshold * std ? 1 : 0
  const regions = labelRegions(fillHoles(above, height, width), height, width)
  const { label, covers } = findCentral(regions, height, width)
  const inside = new Uint8Array(data.length)
  const out = new Float32Array(data.length)
  if (label === 0) return { image: image(out, height, width, 1), inside, found: 'none' }
  for (let i = 0; i < out.length; i++) {
    if (regions.labels[i] !== label) continue
    inside[i] = 1
    const v = data[i]!
    out[i] = Number.isNaN(v) ? 0 : v
  }
  return { image: image(out, height, width, 1), inside, found: covers ? 'centre' : 'nearest' }
}
