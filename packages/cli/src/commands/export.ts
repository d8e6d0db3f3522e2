import { exportRanking, openRun } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { number } from '../options.ts'
import type { Session } from '../session.ts'

/** `astronomaly export run/ --out ranking.fits` */
export function addExportCommand(program: Command, session: Session): void {
  program
    .command('export')
    .description('Write the ranking as a table: CSV, Parquet or FITS, by the file’s ending.')
    .argument('<run>', 'run directory that rank wrote')
    .requiredOption('--out <file>', 'a file that ends in .csv, .parquet or .fits')
    .option('--top <n>', 'the first rows only', number)
    .option('--without-labelled', 'leave out the objects that are rated', false)
    .option('--catalogue', 'add the columns of the catalogue that the run was given', false)
    .addHelpText('after', '\nColumns: rank, id, score, forest_score, rating, ra, dec, file.')
    .action(async (run: string, flags: { out: string; top?: number; withoutLabelled: boolean; catalogue: boolean }) => {
      const { out, ...options } = flags
      const rows = await exportRanking(await openRun(session.resolve(run)), session.resolve(out), options)
      session.out.write(`${rows.toLocaleString('en-GB')} rows: ${session.resolve(out)}\n`)
    })
}
