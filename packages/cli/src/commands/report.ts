import type { Command } from 'commander'
import type { Session } from '../session.ts'
import { withWarnings } from '../warnings.ts'
import { writePage } from '../write-page.ts'

/** `astronomaly report run/` */
export function addReportCommand(program: Command, session: Session): void {
  program
    .command('report')
    .description('Write run/report.html again.')
    .argument('<run>', 'run directory that rank wrote')
    .option('--title <text>', 'title of the page (default: the folder’s name)')
    .option(
      '--pictures <folder>',
      'where the pictures are now, when they have moved; the run remembers it once all of the page are there',
    )
    .addHelpText(
      'after',
      `
Pictures that cannot be read, or are others than were ranked, leave empty tiles, with a warning; when none is there, the page stays as it was.

Example:
  astronomaly report run/ --pictures moved/images`,
    )
    .action((run: string, flags: { title?: string; pictures?: string }) =>
      withWarnings(session, async (warnings) => {
        const { pictures, ...rest } = flags
        await writePage(session, warnings, {
          ...rest,
          run: session.resolve(run),
          ...(pictures === undefined ? {} : { pictures: session.resolve(pictures) }),
        })
      }),
    )
}
