import { ParameterError } from '@astronomaly/core'

/**
 * A part of a picture: the pixels `[from, to)` of each axis, 0-based, slowest axis first, so `[[y0, y1], [x0, x1]]` for two axes.
 */
export type FitsSection = readonly (readonly [from: number, to: number])[]

/** Pixels that stand one behind the other in the picture and in its section. */
export interface SectionRun {
  /** Number of the first pixel in the picture. */
  readonly start: number
  /** Pixels of every run. */
  readonly length: number
}

/**
 * The section, or the whole picture.
 *
 * @throws ParameterError when it has another number of axes than the picture, is empty or leaves the picture.
 */
export function resolveSection(
  subject: string,
  shape: readonly number[],
  section: FitsSection | undefined,
): FitsSection {
  if (section === undefined) return shape.map((size) => [0, size] as const)
  if (!Array.isArray(section) || section.length !== shape.length) {
    throw new ParameterError(
      `${subject}: section must have a range for each of the axes [${shape}]. Received ${JSON.stringify(section)}.`,
    )
  }
  return section.map((range, axis) => {
    const [from, to] = Array.isArray(range) && range.length === 2 ? (range as [number, number]) : [-1, -1]
    const size = shape[axis]!
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to <= from || to > size) {
      throw new ParameterError(
        `${subject}: section must have ranges 0 <= from < to <= ${size} for axis ${axis} of [${shape}]. Received ${JSON.stringify(range)}.`,
      )
    }
    return [from, to] as const
  })
}

/** Axis lengths of a section. */
export function sectionShape(section: FitsSection): number[] {
  return section.map(([from, to]) => to - from)
}

/** The runs of a section in their order: axes that are taken whole belong to the run of the axis before them. */
export function* sectionRuns(shape: readonly number[], section: FitsSection): Generator<SectionRun> {
  const extent = sectionShape(section)
  let inner = shape.length - 1
  while (inner > 0 && extent[inner] === shape[inner]) inner--
  const strides = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!
  const length = extent[inner]! * strides[inner]!
  const place = section.slice(0, inner).map(([from]) => from)
  const base = section[inner]![0] * strides[inner]!
  for (;;) {
    yield { start: place.reduce((sum, at, axis) => sum + at * strides[axis]!, base), length }
    let axis = inner - 1
    while (axis >= 0 && ++place[axis]! === section[axis]![1]) {
      place[axis] = section[axis]![0]
      axis--
    }
    if (axis < 0) return
  }
}
