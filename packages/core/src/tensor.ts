import { describeValue } from './describe-value.ts'
import { ShapeError } from './errors.ts'

/** The element arrays that tensors are made of. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array

/**
 * A strided view of a typed array. Structural: a scijs `ndarray` is one.
 *
 * Element (i, j, …) is `data[offset + i * stride[0] + j * stride[1] + …]`.
 */
export interface Tensor<A extends NumericArray = Float32Array, S extends readonly number[] = readonly number[]> {
  readonly data: A
  readonly shape: S
  readonly stride: readonly number[]
  readonly offset: number
}

/** `[rows, columns]`, row-major where contiguous. */
export type Matrix<A extends NumericArray = Float32Array> = Tensor<A, readonly [rows: number, columns: number]>
/** `[height, width, channels]`; pixel (x, y) = (column, row), centres at integers, origin 0-based. */
export type Image<A extends NumericArray = Float32Array> = Tensor<
  A,
  readonly [height: number, width: number, channels: number]
>
/** `[n, height, width, channels]` */
export type ImageBatch<A extends NumericArray = Float32Array> = Tensor<
  A,
  readonly [n: number, height: number, width: number, channels: number]
>

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1)
}

function rowMajor(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    stride[axis] = step
    step *= shape[axis] as number
  }
  return stride
}

/**
 * A contiguous row-major tensor over `data`, without copying.
 *
 * @param data - Exactly as many elements as `shape` has places.
 * @param shape - Sizes ≥ 0, slowest axis first.
 * @throws ShapeError when the length of `data` is not the product of `shape`.
 */
export function tensor<A extends NumericArray, const S extends readonly number[]>(data: A, shape: S): Tensor<A, S> {
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0)
      throw new ShapeError(`tensor: sizes must be integers >= 0. Received [${shape}].`)
  }
  if (data.length !== product(shape)) {
    throw new ShapeError(
      `tensor: data must have ${product(shape)} elements for shape [${shape}]. Received ${data.length}.`,
    )
  }
  return { data, shape, stride: rowMajor(shape), offset: 0 }
}

/** A `[rows, columns]` matrix over `data`, without copying. @throws ShapeError */
export function matrix<A extends NumericArray>(data: A, rows: number, columns: number): Matrix<A> {
  return tensor(data, [rows, columns])
}

/** A `[height, width, channels]` image over `data`, without copying. @throws ShapeError */
export function image<A extends NumericArray>(data: A, height: number, width: number, channels = 1): Image<A> {
  return tensor(data, [height, width, channels])
}

/**
 * Narrows `x` to a tensor of the given rank.
 *
 * @throws ShapeError when the rank differs; `subject` begins its message.
 */
export function assertRank(x: Tensor<NumericArray>, rank: number, subject = 'tensor'): void {
  if (x.shape.length !== rank) {
    throw new ShapeError(`${subject}: must have ${rank} axes. Received shape [${x.shape}].`)
  }
}

/** @throws ShapeError when an element of `x` would lie outside its data, or a size is not an integer ≥ 0. */
function checkExtent({ data, shape, stride, offset }: Tensor<NumericArray>): void {
  let first = offset
  let last = offset
  for (const [axis, size] of shape.entries()) {
    const step = stride[axis]
    if (!(Number.isInteger(size) && size >= 0 && Number.isInteger(step))) {
      throw new ShapeError(`tensor: sizes must be integers >= 0, strides integers. Received [${shape}], [${stride}].`)
    }
    if (size === 0) return
    first += Math.min(0, (size - 1) * (step as number))
    last += Math.max(0, (size - 1) * (step as number))
  }
  if (!(Number.isInteger(first) && first >= 0 && last < data.length)) {
    throw new ShapeError(
      `tensor: elements must lie in the data, 0 to ${data.length - 1}. Received ${first} to ${last} for shape [${shape}].`,
    )
  }
}

/**
 * Makes sure that `x` is a matrix of 32-bit or 64-bit floats whose elements lie in its data.
 *
 * @throws ShapeError when it is not; `subject` begins its message.
 */
export function assertMatrix(x: unknown, subject: string): asserts x is Matrix<Float32Array> | Matrix<Float64Array> {
  const { data, shape, stride } = (x ?? {}) as Partial<Matrix>
  if (!(data instanceof Float32Array || (data as unknown) instanceof Float64Array)) {
    throw new ShapeError(
      `${subject}: must be a matrix over a Float32Array or Float64Array. Received ${describeValue(x)}.`,
    )
  }
  if (!(Array.isArray(shape) && shape.length === 2 && Array.isArray(stride) && stride.length === 2)) {
    throw new ShapeError(`${subject}: must have 2 axes. Received shape ${describeValue(shape)}.`)
  }
  checkExtent(x as Matrix)
}

/** Whether the elements of `x` lie row-major without gaps. */
export function isContiguous(x: Tensor<NumericArray>): boolean {
  let step = 1
  for (let axis = x.shape.length - 1; axis >= 0; axis--) {
    if (x.shape[axis] !== 1 && x.stride[axis] !== step) return false
    step *= x.shape[axis] as number
  }
  return true
}

/**
 * The elements of `x`, row-major without gaps.
 *
 * @returns A view of the same memory when `x` is contiguous, else a copy. O(elements) when copying.
 * @throws ShapeError when an element would lie outside the data.
 */
export function contiguousData<A extends NumericArray>(x: Tensor<A>): A {
  checkExtent(x)
  const count = product(x.shape)
  if (isContiguous(x)) return x.data.subarray(x.offset, x.offset + count) as A
  const out = new (x.data.constructor as new (n: number) => A)(count)
  const index = new Array<number>(x.shape.length).fill(0)
  let from = x.offset
  for (let i = 0; i < count; i++) {
    out[i] = x.data[from] as number
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1
      from += x.stride[axis] as number
      if ((index[axis] as number) < (x.shape[axis] as number)) break
      from -= (x.stride[axis] as number) * (x.shape[axis] as number)
      index[axis] = 0
    }
  }
  return out
}

/** A view of rows `start` (included) to `end` (excluded) of a matrix; no copy. */
export function rowRange<A extends NumericArray>(x: Matrix<A>, start: number, end: number): Matrix<A> {
  const [rows, columns] = x.shape
  if (!(start >= 0 && start <= end && end <= rows)) {
    throw new ShapeError(`rowRange: needs 0 <= start <= end <= ${rows}. Received ${start}, ${end}.`)
  }
  return {
    data: x.data,
    shape: [end - start, columns],
    stride: x.stride,
    offset: x.offset + start * (x.stride[0] as number),
  }
}
