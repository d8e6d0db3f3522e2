import type { ReportOptions } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { pathIn } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'
import { writePage } from '../write-page.ts'

/** `astronomaly report run/` */
export function addReportCommand(program: Command, session: Session): void {
  program
    .command('report')
    .description('Write run/report.html again.')
    .argument('<run>', 'run directory that rank wrote', pathIn(session))
    .option('--title <text>', 'title of the page (default: the folder’s name)')
    .option(
      '--pictures <folder>',
      'where the pictures are now, when they have moved; the run remembers it once all of the page are there',
      pathIn(session),
    )
    .addHelpText(
      'after',
      `
Pictures that cannot be read, or are others than were ranked, leave empty tiles, with a warning; when none is there, the page stays as it was.

Example:
  astronomaly report run/ --pictures moved/images`,
    )
    .action((run: string, flags: Pick<ReportOptions, 'title' | 'pictures'>) =>
      perform(session, (performance) => writePage(session, performance, { ...flags, run })),
    )
}
