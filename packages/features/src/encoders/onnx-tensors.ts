import { UnsupportedError } from '@astronomaly/core'
import { fromFloat16, toFloat16 } from './float16.ts'

/** Element types that a picture can be given in, and features be read from. */
export type OnnxElementType = 'float32' | 'float16' | 'float64' | 'uint8'

/** Elements as ONNX Runtime keeps them: half-precision numbers are their bits. */
export type OnnxElements = Float32Array | Uint16Array | Float64Array | Uint8Array

const encoders: Readonly<Record<OnnxElementType, (values: Float32Array) => OnnxElements>> = {
  float32: (values) => values.slice(),
  float16: (values) => Uint16Array.from(values, toFloat16),
  float64: (values) => Float64Array.from(values),
  uint8: (values) => Uint8Array.from(values, (v) => Math.min(255, Math.max(0, Math.round(v)))),
}

/** Whether pictures can be given as elements of this type. */
export const isElementType = (type: string | undefined): type is OnnxElementType =>
  type !== undefined && Object.hasOwn(encoders, type)

/** Values as elements of a type: rounded to the nearest that it has. */
export const toElements = (values: Float32Array, type: OnnxElementType): OnnxElements => encoders[type](values)

/** The float32 values of elements. @throws UnsupportedError for a type that is no floating-point one. */
export function fromElements(type: string, data: unknown, subject: string): Float32Array {
  if (data instanceof Float32Array) return data
  if (type === 'float64' && data instanceof Float64Array) return Float32Array.from(data)
  if (type === 'float16') {
    // Newer runtimes have an array of half-precision numbers; others give the bits.
    return data instanceof Uint16Array
      ? Float32Array.from(data, fromFloat16)
      : Float32Array.from(data as ArrayLike<number>)
  }
  throw new UnsupportedError(`${subject}: features must be float32, float16 or float64. Received ${type}.`)
}
