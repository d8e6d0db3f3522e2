import { FormatError, type Warning } from '@astronomaly/core'
import type { CatalogueColumn, ColumnType, PieceSource } from '@astronomaly/core/table'

/**
 * Several tables as one of the columns that all of them have, in the order of the first.
 *
 * @param names - Name each in errors.
 * @param onWarning - Told of columns that some have and others have not.
 * @throws FormatError when no column is in all of them, and when columns differ in width, or in types that no common type holds without loss.
 */
export function joinedPieces(
  sources: readonly PieceSource[],
  names: readonly string[],
  onWarning: ((warning: Warning) => void) | undefined,
): PieceSource {
  const [first] = sources as [PieceSource]
  if (sources.length === 1) return first
  const unreadable = new Map(sources.flatMap((source) => [...(source.unreadable ?? [])]))
  const byName = sources.map((source) => new Map(source.columns.map((column) => [column.name, column])))
  for (const name of new Set(byName.flatMap((columns) => [...columns.keys()]))) {
    const without = byName.findIndex((columns) => !columns.has(name))
    if (without < 0) continue
    const place = { source: names[without] as string, keyword: name }
    const missing = new FormatError('catalogue: column must be in every file. Received one without', place)
    if (!unreadable.has(name)) unreadable.set(name, missing)
    const reason = sources[without]?.unreadable?.has(name) ? 'cannot be read' : 'is missing'
    onWarning?.({ message: `catalogue: column ${name} is left out. It ${reason} in another file (${names[without]})` })
  }
  const shared = first.columns.filter(({ name }) => !unreadable.has(name))
  if (shared.length === 0) {
    throw new FormatError(`catalogue: files must have a column in common. Received ${names.slice(0, 20).join(', ')}`, {
      source: names[0] as string,
    })
  }
  const columns = shared.map((column): CatalogueColumn => {
    const own = byName.map((columns) => columns.get(column.name) as CatalogueColumn)
    for (const [i, { name, width }] of own.entries()) {
      if (width === column.width) continue
      throw new FormatError(
        `catalogue: column must have ${column.width} values a row as in ${names[0]}. Received ${width}`,
        { source: names[i] as string, keyword: name },
      )
    }
    return { ...column, type: commonType(sources, names, own) }
  })
  const rowCount = sources.reduce<number | undefined>(
    (sum, source) => (sum === undefined || source.rowCount === undefined ? undefined : sum + source.rowCount),
    0,
  )
  return {
    columns,
    rowCount,
    alternatives: new Map(),
    unreadable,
    async *pieces(wanted, { rows: [from, to], ...how }) {
      let before = 0
      for (const source of sources) {
        if (before >= to) return
        let rowCount = source.rowCount ?? 0
        if (source.rowCount === undefined || before + rowCount > from) {
          const rows = [Math.max(0, from - before), to - before] as const
          for await (const piece of source.pieces(wanted, { rows, ...how })) {
            rowCount = Math.max(rowCount, piece.start + piece.rowCount)
            yield { ...piece, start: before + piece.start }
          }
        }
        before += rowCount
      }
    },
  }
}

/** The type that holds one column of all files. @param own - What each file says of it. */
function commonType(
  sources: readonly PieceSource[],
  names: readonly string[],
  own: readonly CatalogueColumn[],
): ColumnType {
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
