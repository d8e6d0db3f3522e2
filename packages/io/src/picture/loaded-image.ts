import { type Image, numberOption, type OptionRules } from '@astronomaly/core'

/** One object's picture, read from one or several files. */
export interface LoadedImage {
  /** `[height, width, channels]`, f32, NaN where missing; rows in the order of the file. */
  readonly image: Image<Float32Array>
  /** `'science'`: a survey's measurements (FITS). `'rendered'`: made for the eye, values 0 to 255. */
  readonly origin: 'rendered' | 'science'
  /** Names of the channels, where the files tell them. */
  readonly bands?: readonly string[]
  /** Right ascension of the picture's centre in degrees, where known. */
  readonly ra?: number
  /** Declination of the picture's centre in degrees, where known. */
  readonly dec?: number
  /** Of a picture with 16 bits a value: how many of them it uses, 1 to 16, such that all values lie below 2^bits. */
  readonly bits?: number
  /** Whether the files say that they were simulated (SIMULATE = T): then a position is of no real sky. */
  readonly simulated?: true
  /** Oddities that did not keep the picture from being read. */
  readonly warnings: readonly string[]
}

/** How a picture is read, within bounds, so that no file can exhaust the memory. */
export interface ReadImageOptions {
  /**
   * Most values (height × width × channels) of a picture.
   * @defaultValue 2^28
   */
  readonly maxPixels?: number | undefined
  /**
   * Most bytes of a file, also when unpacked.
   * @defaultValue 2^30 + 2^20, a f32 picture of 2^28 pixels and its headers
   */
  readonly maxBytes?: number | undefined
  /**
   * How many bits the cameras of pictures with 16 bits a value filled, 1 to 16: 2^bits − 1 becomes 255. Give all pictures of a survey the same,
   * such as the largest `bits` of some of them, for their brightness to be comparable.
   * @defaultValue 16
   */
  readonly bits?: number | undefined
}

/** The rules of {@link ReadImageOptions}. */
export const readImageRules = {
  maxPixels: numberOption(2 ** 28, { integer: true, min: 1 }),
  maxBytes: numberOption(2 ** 30 + 2 ** 20, { integer: true, min: 1 }),
  bits: numberOption(16, { integer: true, min: 1, max: 16 }),
} satisfies OptionRules<ReadImageOptions>
