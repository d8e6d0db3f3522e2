import { FormatError } from '@astronomaly/core'
import type { CatalogueColumn, PieceSource } from './catalogue.ts'
import type { ColumnType } from './table.ts'

/**
 * Several tables of equal columns as one, in their order.
 *
 * @param names - Name each in errors.
 * @throws FormatError when the columns differ in name, order or width, or in types that no common type holds without loss.
 */
export function joinedPieces(sources: readonly PieceSource[], names: readonly string[]): PieceSource {
  const [first] = sources as [PieceSource]
  if (sources.length === 1) return first
  for (const [i, source] of sources.entries()) {
    const place = { source: names[i] as string }
    const own = source.columns.map(({ name }) => name)
    const wanted = first.columns.map(({ name }) => name)
    if (own.length !== wanted.length || own.some((name, k) => name !== wanted[k])) {
      const list = (all: readonly string[]): string => all.slice(0, 20).join(', ')
      throw new FormatError(
        `catalogue: columns must be ${list(wanted)} as ${names[0]} has. Received ${list(own)}`,
        place,
      )
    }
    for (const [k, { name, width }] of source.columns.entries()) {
      const { width: wantedWidth } = first.columns[k] as CatalogueColumn
      if (width === wantedWidth) continue
      throw new FormatError(
        `catalogue: column must have ${wantedWidth} values a row as in ${names[0]}. Received ${width}`,
        {
          ...place,
          keyword: name,
        },
      )
    }
  }
  const columns = first.columns.map((column, k) => ({ ...column, type: commonType(sources, names, k) }))
  const rowCount = sources.reduce<number | undefined>(
    (sum, source) => (sum === undefined || source.rowCount === undefined ? undefined : sum + source.rowCount),
    0,
  )
  return {
    columns,
    ...(rowCount === undefined ? {} : { rowCount }),
    alternatives: new Map(),
    unreadable: new Map(sources.flatMap(({ unreadable }) => [...(unreadable ?? [])])),
    async *pieces(wanted, rows, signal) {
      for (const source of sources) yield* source.pieces(wanted, rows, signal)
    },
  }
}

function commonType(sources: readonly PieceSource[], names: readonly string[], k: number): ColumnType {
  const own = sources.map((source) => source.columns[k] as CatalogueColumn)
  const [{ name, type: first }] = own as [CatalogueColumn]
  const fits = (type: ColumnType): boolean =>
    sources.every(
      (source, i) => (own[i] as CatalogueColumn).type === type || (source.alternatives.get(name) ?? []).includes(type),
    )
  if (own.every(({ type }) => type === first)) return first
  const common = (['float64', 'text'] as const).find(fits)
  if (common !== undefined) return common
  const other = own.findIndex(({ type }) => type !== first)
  throw new FormatError(`catalogue: column must be ${first} as in ${names[0]}. Received ${own[other]?.type}`, {
    source: names[other] as string,
    keyword: name,
  })
}
