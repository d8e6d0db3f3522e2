import { UnsupportedError, type Warning } from '@astronomaly/core'
import type { ColumnType, Table, TableColumn } from '@astronomaly/core/table'
import { type CatalogueColumn, numericAlternatives, type PieceSource } from '@astronomaly/core/table'
import type { ByteSource } from '@astronomaly/fits/bytes'
import type { SchemaTree } from 'hyparquet'
import { columnOf, flattenLists, listWidth, noteOddities, toValuesOfType } from './parquet-column.ts'
import { type ParquetFile, readParquetFile, readParquetGroup } from './parquet-reader.ts'
import { leftOut, unitsOf } from './parquet-table.ts'
import { type Oddities, settledType, type ValueKind } from './settled-type.ts'

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
 * @remarks Columns whose type depends on their values (64-bit integers, smaller ones and booleans that may be missing, lists, bytes that may be text)
 * are read once for that. Memory holds one row group of the wanted columns, and one of its columns twice.
 */
export async function parquetPieces(
  open: SourceOpener,
  name: string,
  signal: AbortSignal | undefined,
  onWarning: ((warning: Warning) => void) | undefined,
): Promise<PieceSource> {
  const source = await open()
  try {
    const file = await readParquetFile(source, name)
    const unreadable = new Map<string, UnsupportedError>()
    const drafts = new Map<string, Draft>()
    for (const [own, tree] of file.trees) {
      const read = async (): Promise<void> => {
        const draft = draftOf(tree)
        if (draft.depends) await settle(source, file, draft, signal)
        drafts.set(own, draft)
      }
      await read().catch((error: unknown) => {
        if (!(error instanceof UnsupportedError)) throw error
        unreadable.set(own, error)
        onWarning?.({ message: leftOut(own, error, name) })
      })
    }
    const units = unitsOf(file.metadata)
    const columns = [...drafts.values()].map(({ name, kind, isList, width, missing, unsafe }): CatalogueColumn => {
      const unit = units.get(name)
      const type = settledType(kind, { missing, unsafe })
      return { name, type, width: isList ? Math.max(1, width) : 1, ...(unit === undefined ? {} : { unit }) }
    })
    return {
      columns,
      rowCount: Number(file.metadata.num_rows),
      alternatives: new Map(columns.map(({ name, type }) => [name, alternativesOf(drafts.get(name) as Draft, type)])),
      unreadable,
      pieces: (wanted, _, ownSignal) => readPieces(open, file, drafts, wanted, ownSignal),
    }
  } finally {
    await source.close?.()
  }
}

function draftOf(tree: SchemaTree): Draft {
  const { element, kind, isList } = columnOf(tree)
  const isPlain = kind === 'text' || kind === 'float32' || kind === 'float64' || kind === 'uint32'
  const isRequired = tree.element.repetition_type === 'REQUIRED'
  const { type, converted_type: converted, logical_type: logical } = element
  const mayBeBytes = type === 'BYTE_ARRAY' && !converted && !logical
  const depends = isList || mayBeBytes || kind === 'int64' || (!isPlain && !isRequired)
  return { name: tree.element.name, kind, isList, depends, width: 0, missing: false, unsafe: false }
}

/** Reads a column once, to find out what the schema does not tell. */
async function settle(
  source: ByteSource,
  file: ParquetFile,
  draft: Draft,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const group of file.metadata.row_groups) {
    if (group.num_rows === 0n) continue
    for await (const { name, values } of readParquetGroup(source, file, group, [draft.name], signal)) {
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
