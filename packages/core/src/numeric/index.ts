export * from './elementary.ts'
export * from './linear-algebra.ts'
export { powerOfTwo } from './power-of-two.ts'
