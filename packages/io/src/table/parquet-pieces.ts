import { definedOnly, UnsupportedError, type Warning } from '@astronomaly/core'
import {
  alternativesOf,
  type CatalogueColumn,
  noteOddities,
  type Oddities,
  type PieceOptions,
  type PieceSource,
  settledType,
  type TableBatch,
  type TableColumn,
  type ValueKind,
  valuesAs,
} from '@astronomaly/core/table'
import type { SourceOpener } from '@astronomaly/fits'
import type { ByteSource } from '@astronomaly/fits/bytes'
import type { SchemaTree } from 'hyparquet'
import { columnOf, flattenLists, listWidth } from './parquet-column.ts'
import { Expansion } from './parquet-pages.ts'
import { type ParquetFile, readParquetFile, readParquetGroup } from './parquet-reader.ts'

/** A column while its type is being settled. */
interface Draft extends Oddities {
  readonly name: string
  readonly kind: ValueKind
  readonly isList: boolean
  /** Whether the schema does not tell the type. */
  readonly depends: boolean
  width: number
}

/** How a Parquet file is read in pieces. */
export interface ParquetPiecesOptions {
  /**
   * Names the columns to read, in their order; those that cannot be read are an error then.
   * @defaultValue all; those that cannot be read are left out with a warning
   */
  readonly choose?: ((trees: ReadonlyMap<string, SchemaTree>) => readonly string[]) | undefined
  /**
   * Whether every column is read as f32 or f64, whatever its numbers are.
   * @defaultValue false
   */
  readonly asNumbers?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/**
 * A Parquet file in pieces, which are its row groups.
 *
 * @remarks Columns whose type depends on their values (64-bit integers, smaller ones and booleans that may be missing, lists, bytes that may be text)
 * are read once for that. Memory holds one row group of the wanted columns, and one of its columns twice. What is held at a time may expand to
 * 64 MiB, or 1,000 times the size of the file.
 */
export async function parquetPieces(
  open: SourceOpener,
  name: string,
  { choose, asNumbers = false, signal, onWarning }: ParquetPiecesOptions,
): Promise<PieceSource> {
  const source = await open()
  try {
    const file = await readParquetFile(source, name)
    const unreadable = new Map<string, UnsupportedError>()
    const drafts = new Map<string, Draft>()
    for (const column of choose?.(file.trees) ?? file.trees.keys()) {
      const read = async (): Promise<void> => {
        const draft = draftOf(file.trees.get(column) as SchemaTree)
        if (draft.depends && !asNumbers) await settle(source, file, draft, signal)
        drafts.set(column, draft)
      }
      await read().catch((error: unknown) => {
        if (choose || !(error instanceof UnsupportedError)) throw error
        unreadable.set(column, error)
        onWarning?.({ message: `parquet: column ${column} is left out (${name}). ${error.message}` })
      })
    }
    const columns = [...drafts.values()].map((draft): CatalogueColumn => {
      const type = asNumbers ? (draft.kind === 'float32' ? 'float32' : 'float64') : settledType(draft.kind, draft)
      const width = draft.isList ? Math.max(1, draft.width) : 1
      return definedOnly({ name: draft.name, type, width, unit: file.units.get(draft.name) })
    })
    return {
      columns,
      rowCount: Number(file.metadata.num_rows),
      alternatives: new Map(columns.map(({ name, type }) => [name, alternativesOf(type, drafts.get(name)?.kind)])),
      unreadable,
      pieces: (wanted, how) => readPieces(open, file, drafts, wanted, how),
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

/** Reads a column once, to see what the schema does not tell. */
async function settle(
  source: ByteSource,
  file: ParquetFile,
  draft: Draft,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const group of file.metadata.row_groups) {
    if (group.num_rows === 0n) continue
    const expansion = new Expansion(file.name, source.byteLength)
    for await (const { name, values } of readParquetGroup(source, file, group, [draft.name], expansion, signal)) {
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

async function* readPieces(
  open: SourceOpener,
  file: ParquetFile,
  drafts: ReadonlyMap<string, Draft>,
  wanted: readonly CatalogueColumn[],
  { rows: [from, to], batchRows, signal }: PieceOptions,
): AsyncGenerator<TableBatch> {
  const source = await open()
  const byName = new Map(wanted.map((column) => [column.name, column]))
  let expansion = new Expansion(file.name, source.byteLength)
  let start = 0
  let together = 0
  try {
    for (const group of file.metadata.row_groups) {
      const rowCount = Number(group.num_rows)
      if (start >= to) break
      if (start + rowCount > from && rowCount > 0) {
        signal?.throwIfAborted()
        // The groups of one batch are held together.
        if (together >= batchRows) expansion = new Expansion(file.name, source.byteLength)
        together = together >= batchRows ? rowCount : together + rowCount
        const columns = new Map<string, TableColumn>()
        for await (const { name, values } of readParquetGroup(
          source,
          file,
          group,
          [...byName.keys()],
          expansion,
          signal,
        )) {
          const { type, width, unit } = byName.get(name) as CatalogueColumn
          const flat = drafts.get(name)?.isList ? flattenLists(name, values, width) : values
          columns.set(name, definedOnly({ values: valuesAs(type, flat), width, unit }))
        }
        yield { start, rowCount, columns }
      }
      start += rowCount
    }
  } finally {
    await source.close?.()
  }
}
