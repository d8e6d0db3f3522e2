import { writeReport } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import type { Session } from '../session.ts'

/** `astronomaly report run/` */
export function addReportCommand(program: Command, session: Session): void {
  program
    .command('report')
    .description('Write run/report.html again.')
    .argument('<run>', 'run directory that rank wrote')
    .option('--title <text>', 'title of the page (default: the folder’s name)')
    .action(async (run: string, flags: { title?: string }) => {
      session.out.write(
        `report: ${await writeReport({ command: session.command, run: session.resolve(run), ...flags, signal: session.signal })}\n`,
      )
    })
}
