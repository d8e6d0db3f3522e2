import { type ExportOptions, exportRanking, openRun } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { formatCount } from '../format-count.ts'
import { number, pathIn } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'

interface ExportFlags extends Pick<ExportOptions, 'top' | 'withoutLabelled' | 'catalogue'> {
  readonly out: string
}

/** `astronomaly export run/ --out ranking.fits` */
export function addExportCommand(program: Command, session: Session): void {
  program
    .command('export')
    .description('Write the ranking as a table: CSV, Parquet, FITS, VOTable or ECSV, by the file’s ending.')
    .argument('<run>', 'run directory that rank wrote', pathIn(session))
    .requiredOption('--out <file>', 'a file that ends in .csv, .parquet, .fits, .vot or .ecsv', pathIn(session))
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
    .action((path: string, { out, ...flags }: ExportFlags) =>
      perform(session, async ({ run: { onWarning }, say }) => {
        const data = await openRun(path, { onWarning })
        const rows = await exportRanking(data, out, { ...flags, onWarning })
        say(`${formatCount(rows)} rows: ${out}`)
      }),
    )
}
