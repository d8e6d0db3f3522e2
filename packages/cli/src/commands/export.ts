import { exportRanking, openRun } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { number } from '../options.ts'
import type { Session } from '../session.ts'
import { withWarnings } from '../warnings.ts'

/** `astronomaly export run/ --out ranking.fits` */
export function addExportCommand(program: Command, session: Session): void {
  program
    .command('export')
    .description('Write the ranking as a table: CSV, Parquet, FITS, VOTable or ECSV, by the file’s ending.')
    .argument('<run>', 'run directory that rank wrote')
    .requiredOption('--out <file>', 'a file that ends in .csv, .parquet, .fits, .vot or .ecsv')
    .option('--top <n>', 'the first rows only', number)
    .option(
      '--without-labelled',
      'leave out the objects that are rated; the rest in the order in which to look at them',
      false,
    )
    .option('--catalogue', 'add the columns of the catalogue that the run was given', false)
    .addHelpText(
      'after',
      `
Columns: rank, id, score, forest_score, rating, next, ra, dec, file. rank is the place by score among all objects; next = 1 is what to look at
first, and is missing for objects that are rated. A column of the catalogue whose name is taken becomes catalogue_<name>.
The file’s header says where the ranking comes from: version and commit, date, options, catalogue, learner, seed, labels, citation; beside a
CSV file <file>.provenance.json does.`,
    )
    .action((run: string, flags: { out: string; top?: number; withoutLabelled: boolean; catalogue: boolean }) =>
      withWarnings(session, async (warnings) => {
        const onWarning = warnings.add.bind(warnings)
        const { out, ...options } = flags
        const data = await openRun(session.resolve(run), { onWarning })
        const rows = await exportRanking(data, session.resolve(out), { ...options, onWarning })
        session.out.write(`${rows.toLocaleString('en-GB')} rows: ${session.resolve(out)}\n`)
      }),
    )
}
