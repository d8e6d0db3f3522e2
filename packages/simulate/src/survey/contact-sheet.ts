import {
  checkNumber,
  contiguousData,
  type Image,
  image,
  numberOption,
  ParameterError,
  passedOption,
  resolveOptions,
  ShapeError,
} from '@astronomaly/core'

/** How pictures are laid out and stretched. */
export interface ContactSheetOptions {
  /** @defaultValue the smallest square that holds all */
  readonly columns?: number | undefined
  /** Whole-number enlargement of each pixel, 1 to 16. @defaultValue 1 */
  readonly zoom?: number | undefined
  /** Black pixels between pictures, 0 to 64. @defaultValue 2 */
  readonly gap?: number | undefined
  /** Nanomaggies per pixel times `brightness` are stretched; larger shows fainter light. @defaultValue 1 */
  readonly brightness?: number | undefined
}

const rules = {
  columns: passedOption<number>(),
  zoom: numberOption(1, { min: 1, max: 16, integer: true }),
  gap: numberOption(2, { min: 0, max: 64, integer: true }),
  brightness: numberOption(1, { above: 0, max: 1e6 }),
}

/** Gains of g, r and z, knee and offset of the colour stretch that the Legacy Surveys' viewer uses for its pictures. */
const gains = [6, 3.4, 2.2] as const
const knee = 20
const offset = 0.03

/**
 * Lays grz pictures out side by side in arcsinh colour, as the Legacy Surveys' sky viewer shows them.
 *
 * @param objects - Objects with an `image` `[height, width, 3]` in nanomaggies per pixel, bands g, r, z, all of one shape; NaN is black.
 * @returns `[rows × height, columns × width, 3]`, 0 to 255 as Float32, red first; row 0 of each picture is at the bottom, as north is up.
 * @throws ShapeError when the pictures differ in shape or have not three bands; ParameterError when there is none or an option is bad.
 * @see Lupton et al. 2004, {@link https://doi.org/10.1086/382245}
 */
export function contactSheet(
  objects: Iterable<{ readonly image: Image<Float32Array> }>,
  options: ContactSheetOptions = {},
): Image<Float32Array> {
  const { zoom, gap, brightness, ...layout } = resolveOptions('contactSheet', options, rules)
  const pictures = Array.from(objects, (object) => object.image)
  const first = pictures[0]
  if (!first) throw new ParameterError('contactSheet: needs at least one picture. Received 0.')
  const columns = checkNumber('contactSheet: columns', layout.columns ?? Math.ceil(Math.sqrt(pictures.length)), {
    min: 1,
    max: 1000,
    integer: true,
  })
  const [height, width, bands] = first.shape
  for (const { shape } of pictures) {
    if (shape[0] !== height || shape[1] !== width || bands !== 3 || shape[2] !== 3) {
      throw new ShapeError(`contactSheet: every picture must be [${height}, ${width}, 3]. Received [${shape}].`)
    }
  }
  const rows = Math.ceil(pictures.length / columns)
  const stepY = height * zoom + gap
  const stepX = width * zoom + gap
  const sheetHeight = rows * stepY - gap
  const sheetWidth = Math.min(columns, pictures.length) * stepX - gap
  const out = new Float32Array(sheetHeight * sheetWidth * 3)
  for (const [i, picture] of pictures.entries()) {
    const colours = stretch(contiguousData(picture), brightness)
    const top = Math.floor(i / columns) * stepY
    const left = (i % columns) * stepX
    for (let y = 0; y < height * zoom; y++) {
      const from = (height - 1 - Math.floor(y / zoom)) * width
      for (let x = 0; x < width * zoom; x++) {
        const p = 3 * (from + Math.floor(x / zoom))
        const to = 3 * ((top + y) * sheetWidth + left + x)
        for (let c = 0; c < 3; c++) out[to + c] = colours[p + c]!
      }
    }
  }
  return image(out, sheetHeight, sheetWidth, 3)
}

/** Red, green and blue of interleaved g, r, z. */
function stretch(data: Float32Array, brightness: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let p = 0; p < data.length; p += 3) {
    let mean = 0
    for (let band = 0; band < 3; band++) {
      const value = Math.max(0, data[p + band]! * brightness * gains[band]! + offset)
      out[p + 2 - band] = value
      mean += value / 3
    }
    const gain = mean > 0 ? (255 * Math.asinh(knee * mean)) / Math.sqrt(knee) / mean : 0
    for (let c = 0; c < 3; c++) out[p + c] = gain > 0 ? Math.min(255, out[p + c]! * gain) : 0
  }
  return out
}
