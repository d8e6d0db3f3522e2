import type { FitsCard } from '@astronomaly/fits'
import { encodeFitsImage, printable } from '@astronomaly/fits'
import type { Cutout } from './cutout.ts'

/**
 * A cut-out as a FITS file: bands as planes in f32, with its own map to the sky (TAN), so that others can read it alone.
 *
 * @returns The whole file. OBJECT is the id, BANDS the bands and BAND0, BAND1 … each of them; MOSAIC0, MOSAIC1 … name the mosaics.
 * @throws ParameterError for texts that no card can hold.
 */
export function encodeCutout(cutout: Cutout): Uint8Array<ArrayBuffer> {
  const { id, image, bands, mosaics, grid, step } = cutout
  const [height, width, channels] = image.shape
  const data = new Float32Array(height * width * channels)
  for (let channel = 0; channel < channels; channel++) {
    const plane = channel * height * width
    for (let i = 0; i < height * width; i++) data[plane + i] = image.data[i * channels + channel] as number
  }
  const [a, b, c, d] = grid.cd
  const header: FitsCard[] = [
    { keyword: 'OBJECT', value: printable(id), comment: 'identifier of the object' },
    { keyword: 'BANDS', value: printable(bands.join(bands.every((band) => band.length === 1) ? '' : ',')) },
    ...bands.map((band, i): FitsCard => ({ keyword: `BAND${i}`, value: printable(band) })),
    ...mosaics.flatMap((name, i): FitsCard[] =>
      name === undefined ? [] : [{ keyword: `MOSAIC${i}`, value: printable(name.split(/[\\/]/).at(-1) as string) }],
    ),
    { keyword: 'PIXSTEP', value: step, comment: 'pixels of the mosaic along a pixel' },
    { keyword: 'WCSAXES', value: 2 },
    { keyword: 'CTYPE1', value: 'RA---TAN' },
    { keyword: 'CTYPE2', value: 'DEC--TAN' },
    { keyword: 'CUNIT1', value: 'deg' },
    { keyword: 'CUNIT2', value: 'deg' },
    { keyword: 'CRVAL1', value: grid.raDeg },
    { keyword: 'CRVAL2', value: grid.decDeg },
    { keyword: 'CRPIX1', value: grid.x + 1 },
    { keyword: 'CRPIX2', value: grid.y + 1 },
    { keyword: 'CD1_1', value: a },
    { keyword: 'CD1_2', value: b },
    { keyword: 'CD2_1', value: c },
    { keyword: 'CD2_2', value: d },
    { keyword: 'RADESYS', value: 'ICRS' },
  ]
  return encodeFitsImage({ data, shape: [channels, height, width], header })
}
