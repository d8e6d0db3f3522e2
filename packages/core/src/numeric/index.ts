export * from './elementary.ts'
export { cholesky, solveLower, solveUpper } from './linear-algebra.ts'
export { powerOfTwo } from './power-of-two.ts'
export { type Eigen, type EigenCount, symmetricEigen } from './symmetric-eigen.ts'
