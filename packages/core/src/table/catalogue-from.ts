import { describeValue } from '../describe-value.ts'
import { NotFoundError, ParameterError } from '../errors.ts'
import { numberOption, type OptionRules, passedOption, resolveOptions } from '../options.ts'
import { runRules } from '../run-options.ts'
import type { Catalogue, CatalogueBatchOptions, CatalogueColumn, PieceSource } from './catalogue.ts'
import { exactBatches } from './exact-batches.ts'
import type { TableBatch } from './table.ts'

const batchRules = {
  columns: passedOption<readonly string[]>(),
  batchRows: numberOption(4096, { integer: true, min: 1 }),
  rows: passedOption<readonly [number, number]>(),
  signal: runRules.signal,
} satisfies OptionRules<CatalogueBatchOptions>

/** Where a catalogue keeps its pieces: for joining alone, and found by another copy of this package too. */
const piecesKey = Symbol.for('astronomaly.catalogue.pieces')

/**
 * A catalogue over one format's pieces.
 *
 * @param subject - Begins the messages of errors about options of `batches`.
 * @returns What the source says of itself, with `batches` in place of its pieces.
 */
export function catalogueFrom<Source extends PieceSource>(
  source: Source,
  subject = 'catalogue',
): Omit<Source, 'pieces' | 'alternatives'> & Catalogue {
  const byName = new Map(source.columns.map((column) => [column.name, column]))
  const { pieces: _, alternatives: __, ...told } = source
  const catalogue = {
    ...told,
    batches: (options: CatalogueBatchOptions = {}): AsyncGenerator<TableBatch> => {
      const { rows: wanted, columns: names, batchRows, signal } = resolveOptions(subject, options, batchRules)
      const columns = chooseColumns(byName, names, source.unreadable)
      const rows = rowsOf(subject, wanted, source.rowCount)
      return exactBatches((how) => source.pieces(columns, how), { rows, batchRows, signal })
    },
  }
  return Object.defineProperty(catalogue, piecesKey, { value: source })
}

/** The pieces of a catalogue, to be joined with others. @throws ParameterError unless {@link catalogueFrom} made it. */
export function piecesOf(catalogue: Catalogue): PieceSource {
  const source = (catalogue as { readonly [piecesKey]?: PieceSource })[piecesKey]
  if (source) return source
  throw new ParameterError(`catalogue: must be one of catalogueFrom. Received ${describeValue(catalogue)}.`)
}

function rowsOf(subject: string, wanted: unknown, rowCount = Number.POSITIVE_INFINITY): readonly [number, number] {
  // Without a wish, a source is read to its very end, where it may have something to find fault with.
  if (wanted === undefined) return [0, Number.POSITIVE_INFINITY]
  const [from, to] = Array.isArray(wanted) && wanted.length === 2 ? wanted : [-1, -1]
  if (Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= rowCount) return [from, to]
  const end = Number.isFinite(rowCount) ? rowCount : 'the last'
  throw new ParameterError(
    `${subject}: rows must lie from 0 to ${end}. Received ${JSON.stringify(wanted) ?? describeValue(wanted)}.`,
  )
}

function chooseColumns(
  byName: ReadonlyMap<string, CatalogueColumn>,
  wanted: readonly string[] | undefined,
  unreadable: ReadonlyMap<string, Error> | undefined,
): CatalogueColumn[] {
  if (!wanted) return [...byName.values()]
  if (new Set(wanted).size < wanted.length || wanted.length === 0) {
    throw new ParameterError(`catalogue: columns must be some, none of them twice. Received [${wanted.join(', ')}].`)
  }
  return wanted.map((name) => {
    const column = byName.get(name)
    if (column) return column
    const reason = unreadable?.get(name)
    if (reason) throw reason
    const known = [...byName.keys()].slice(0, 50).join(', ')
    throw new NotFoundError(`catalogue: column must exist. Received ${name}; the catalogue has ${known}.`)
  })
}
