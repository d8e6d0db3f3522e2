import { type ReportOptions, writeReport } from '@astronomaly/pipeline'
import type { Performance } from './perform.ts'
import type { Session } from './session.ts'

/** Writes a run's report and says where it is. */
export async function writePage(
  session: Session,
  { run, say }: Performance,
  options: Pick<ReportOptions, 'run' | 'title' | 'pictures'>,
): Promise<void> {
  say(`report: ${await writeReport({ ...options, command: session.command, from: session.resolve('.'), ...run })}`)
}
