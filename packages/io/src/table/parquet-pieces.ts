import type { SchemaTree } from 'hyparquet'
import type { ByteSource } from '../bytes/byte-source.ts'
import { type CatalogueColumn, numericAlternatives, type PieceSource } from './catalogue.ts'
import { flattenLists, kindOf, leafOf, listWidth, noteOddities, toValuesOfType } from './parquet-column.ts'
import { type ParquetFile, readParquetFile, readParquetGroup } from './parquet-reader.ts'
import { unitsOf } from './parquet-table.ts'
import { type Oddities, settledType, type ValueKind } from './settled-type.ts'
import type { ColumnType, Table, TableColumn } from './table.ts'

/** Opens a source; whoever opens closes it. */
export type SourceOpener = () => Promise<ByteSource>

/** A column while its type is being found out. */
interface Draft extends Oddities {
  readonly name: string
  readonly kind: ValueKind
  readonly isList: boolean
  /** Whether the schema does not tell the type. */
  readonly depends: boolean
  width: number
}

/**
 * A Parquet file in pieces, which are its row groups.
 *
 * @remarks Columns whose type depends on their values (64-bit integers, smaller ones and booleans that may be missing, lists) are read
 * once for that. Memory holds one row group of the wanted columns, and one of its columns twice.
 */
export async function parquetPieces(
  open: SourceOpener,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PieceSource> {
  const source = await open()
  try {
    const file = await readParquetFile(source, name)
    const drafts = [...file.trees.values()].map(draftOf)
    await settle(source, file, drafts, signal)
    const units = unitsOf(file.metadata)
    const columns = drafts.map(({ name, kind, isList, width, missing, unsafe }): CatalogueColumn => {
      const unit = units.get(name)
      const type = settledType(kind, { missing, unsafe })
      return { name, type, width: isList ? Math.max(1, width) : 1, ...(unit === undefined ? {} : { unit }) }
    })
    return {
      columns,
      rowCount: Number(file.metadata.num_rows),
      alternatives: new Map(
        drafts.map((draft, i) => [draft.name, alternativesOf(draft, (columns[i] as CatalogueColumn).type)]),
      ),
      pieces: (wanted, _, ownSignal) =>
        readPieces(open, file, new Map(drafts.map((d) => [d.name, d])), wanted, ownSignal),
    }
  } finally {
    await source.close?.()
  }
}

function draftOf(tree: SchemaTree): Draft {
  const { element, isList } = leafOf(tree)
  const kind = kindOf(element)
  const isPlain = kind === 'text' || kind === 'float32' || kind === 'float64' || kind === 'uint32'
  const isRequired = tree.element.repetition_type === 'REQUIRED'
  const depends = isList || kind === 'int64' || (!isPlain && !isRequired)
  return { name: tree.element.name, kind, isList, depends, width: 0, missing: false, unsafe: false }
}

async function settle(
  source: ByteSource,
  file: ParquetFile,
  drafts: readonly Draft[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const byName = new Map(drafts.filter(({ depends }) => depends).map((draft) => [draft.name, draft]))
  if (byName.size === 0) return
  for (const group of file.metadata.row_groups) {
    if (group.num_rows === 0n) continue
    for await (const { name, values } of readParquetGroup(source, file, group, [...byName.keys()], signal)) {
      const draft = byName.get(name) as Draft
      if (!draft.isList) {
        noteOddities(values, draft.kind, draft)
        continue
      }
      draft.width = listWidth(name, values, draft.width)
      for (let row = 0; row < values.length; row++) {
        const list = values[row] as ArrayLike<unknown> | null | undefined
        if (list) noteOddities(list, draft.kind, draft)
        else draft.missing = true
      }
    }
  }
}

function alternativesOf({ kind }: Draft, type: ColumnType): readonly ColumnType[] {
  return kind === 'int64' && type === 'float64' ? ['text'] : numericAlternatives(type)
}

async function* readPieces(
  open: SourceOpener,
  file: ParquetFile,
  drafts: ReadonlyMap<string, Draft>,
  wanted: readonly CatalogueColumn[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Table> {
  const source = await open()
  const byName = new Map(wanted.map((column) => [column.name, column]))
  try {
    for (const group of file.metadata.row_groups) {
      signal?.throwIfAborted()
      if (group.num_rows === 0n) continue
      const columns = new Map<string, TableColumn>()
      for await (const { name, values } of readParquetGroup(source, file, group, [...byName.keys()], signal)) {
        const { type, width, unit } = byName.get(name) as CatalogueColumn
        const flat = drafts.get(name)?.isList ? flattenLists(name, values, width).values : values
        columns.set(name, { values: toValuesOfType(type, flat), width, ...(unit === undefined ? {} : { unit }) })
      }
      yield { rowCount: Number(group.num_rows), columns }
    }
  } finally {
    await source.close?.()
  }
}
