import type { Table, TableColumn } from '@astronomaly/core/table'
import type { CutReport, RowCounts } from './evaluate-cuts.ts'

interface Line {
  readonly name: string
  readonly excluded?: RowCounts
  readonly onlyThis?: RowCounts
  readonly remaining: RowCounts
}

function linesOf(report: CutReport): Line[] {
  return [
    { name: 'all rows', remaining: report.rows },
    ...report.cuts,
    { name: 'all cuts', remaining: report.survivors },
  ]
}

/**
 * A report as a table, to be written as CSV or Parquet.
 *
 * @returns A row for all rows, one for each cut, one for all cuts; columns `cut`, `excluded`, `only_this`, `remaining`, and the
 * same for the tagged subset with `tagged_` before the name, when there is one. NaN where a row has no such number.
 */
export function cutReportTable(report: CutReport): Table {
  const lines = linesOf(report)
  const columns = new Map<string, TableColumn>([['cut', { values: lines.map(({ name }) => name), width: 1 }]])
  for (const which of report.hasTag ? (['all', 'tagged'] as const) : (['all'] as const)) {
    const prefix = which === 'all' ? '' : 'tagged_'
    const add = (name: string, count: (line: Line) => RowCounts | undefined): void => {
      const values = Float64Array.from(lines, (line) => count(line)?.[which] ?? Number.NaN)
      columns.set(`${prefix}${name}`, { values, width: 1 })
    }
    add('excluded', (line) => line.excluded)
    add('only_this', (line) => line.onlyThis)
    add('remaining', (line) => line.remaining)
  }
  return { rowCount: lines.length, columns }
}

/**
 * A report as text in columns, with percentages of all rows and of the tagged subset.
 *
 * @returns Lines, each with its end. Cuts that were left out, and ids or row numbers that were not found, stand below.
 */
export function formatCutReport(report: CutReport): string {
  const kinds = report.hasTag ? (['all', 'tagged'] as const) : (['all'] as const)
  const titles = kinds.flatMap((which) => {
    return ['excluded', 'only this', 'remaining'].map((title) => (which === 'all' ? title : `tagged ${title}`))
  })
  const rows = linesOf(report).map(({ name, excluded, onlyThis, remaining }) => [
    name,
    ...kinds.flatMap((which) => [excluded, onlyThis, remaining].map((counts) => cell(counts, report.rows, which))),
  ])
  const all = [['cut', ...titles], ...rows]
  const widths = all[0]?.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length))) ?? []
  const lines = all.map((row) =>
    row
      .map((text, i) => pad(text, widths[i] ?? 0, i))
      .join('  ')
      .trimEnd(),
  )
  for (const { name, reason } of report.leftOut) lines.push(`left out: ${name} (${reason})`)
  if (report.unmatched > 0) lines.push(`not found: ${report.unmatched} of the tag's`)
  return `${lines.join('\n')}\n`
}

function pad(text: string, width: number, place: number): string {
  return place === 0 ? text.padEnd(width) : text.padStart(width)
}

function cell(counts: RowCounts | undefined, whole: RowCounts, which: 'all' | 'tagged'): string {
  if (!counts) return ''
  const share = whole[which] > 0 ? ` (${((100 * counts[which]) / whole[which]).toFixed(1)} %)` : ''
  return `${counts[which]}${share}`
}
