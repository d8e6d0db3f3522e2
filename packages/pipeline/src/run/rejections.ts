import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '@astronomaly/core/node'
import type { Table } from '@astronomaly/core/table'
import { cellText, encodeCsv, parseCsvTable } from '@astronomaly/io'
import type { RunDirectory } from './run-directory.ts'
import type { Rejection } from './scan-folder.ts'

const columns = ['id', 'file', 'stage', 'reason'] as const

/** Reads `rejected.csv`; empty when there is none yet. */
export async function readRejections(run: RunDirectory): Promise<Rejection[]> {
  const text = await readFile(run.file('rejected.csv'), 'utf8').catch(() => '')
  if (text.trim() === '') return []
  let table: Table
  try {
    table = parseCsvTable(text, run.file('rejected.csv'))
  } catch {
    // Cut off by a crash of the disk or edited: the next run writes it anew from what it finds.
    return []
  }
  return Array.from({ length: table.rowCount }, (_, row) => {
    const cell = (name: string): string => {
      const column = table.columns.get(name)
      return column ? cellText(column, row) : ''
    }
    return { id: cell('id'), file: cell('file'), stage: cell('stage') as Rejection['stage'], reason: cell('reason') }
  })
}

/** Writes `rejected.csv`: every file, object and label that the run goes on without. */
export async function writeRejections(run: RunDirectory, rejected: readonly Rejection[]): Promise<void> {
  const table = {
    rowCount: rejected.length,
    columns: new Map(columns.map((name) => [name, { values: rejected.map((r) => r[name]), width: 1 }])),
  }
  await writeFileAtomic(run.file('rejected.csv'), encodeCsv(table))
}

/** Adds rejections to `rejected.csv`; one that it has already is not repeated. */
export async function addRejections(run: RunDirectory, fresh: readonly Rejection[]): Promise<void> {
  const all = new Map([...(await readRejections(run)), ...fresh].map((r) => [JSON.stringify(r), r]))
  await writeRejections(run, [...all.values()])
}
