import { type ReportOptions, writeReport } from '@astronomaly/pipeline'
import type { Session } from './session.ts'
import type { WarningList } from './warnings.ts'

/** Writes a run's report and says where it is. */
export async function writePage(
  session: Session,
  warnings: WarningList,
  options: Pick<ReportOptions, 'run' | 'title' | 'pictures'>,
): Promise<void> {
  const { command, signal } = session
  const onWarning: ReportOptions['onWarning'] = (warning) => warnings.add(warning)
  const report = await writeReport({ ...options, command, signal, from: session.resolve('.'), onWarning })
  session.progress.end()
  session.out.write(`report: ${report}\n`)
}
