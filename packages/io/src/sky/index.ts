export {
  type CataloguePositions,
  findIdColumn,
  findPositionColumns,
  idColumnNames,
  type NamedColumn,
  type PositionColumns,
  type PositionFrame,
  type PositionOptions,
  type PositionProblem,
  positionFrames,
  positionsOf,
  type RowPositions,
  readPositions,
} from './catalogue-positions.ts'
export { FoundRows } from './found-rows.ts'
export type { AngleUnit } from './parse-angle.ts'
export { byDistance, SkyIndex, type SkyNeighbour, type SkyNeighbours } from './sky-index.ts'
export type { SkyPoints, SkyQuery } from './sky-points.ts'
export { skyQuery, sortedPoints } from './sky-points.ts'
export type { SkyPositions, SkyRadius } from './sky-positions.ts'
export { checkPositions, radiusInDegrees } from './sky-positions.ts'
export { SkyTree, squaredChord } from './sky-tree.ts'
