import { type LabelOptions, label, writeReport } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { seed } from '../options.ts'
import type { Session } from '../session.ts'

/** `astronomaly label run/ --labels labels.csv` */
export function addLabelCommand(program: Command, session: Session): void {
  program
    .command('label')
    .description('Take ratings, append them to the run’s journal, and rank everything again.')
    .argument('<run>', 'run directory that rank wrote')
    .option('--labels <file>', 'CSV with columns id and rating: 0 dull or an artefact … 5 most interesting')
    .option('--learner <name>', 'neighbour-score, gp (direct regression) or forest-gp', 'neighbour-score')
    .option('--seed <seed>', 'root of the learner’s randomness (default: the run’s)', seed)
    .addHelpText(
      'after',
      `
The journal run/labels.jsonl only grows; the last rating of an object counts. A line with an unknown id or a rating outside 0 … 5
goes to run/rejected.csv. Without --labels the run is ranked again with the ratings it has. Afterwards run/ranking.csv and
run/report.html show the new order, with and without the objects that are rated.

Examples:
  astronomaly label run/ --labels labels.csv
  astronomaly label run/ --learner gp`,
    )
    .action(async (run: string, flags: { labels?: string; learner: string; seed?: number | string }) => {
      const options: LabelOptions = {
        run: session.resolve(run),
        learner: flags.learner,
        ...(flags.labels === undefined ? {} : { labels: session.resolve(flags.labels) }),
        ...(flags.seed === undefined ? {} : { seed: flags.seed }),
        signal: session.signal,
        onProgress: (p) => session.progress.show(p),
      }
      const summary = await label(options)
      const report = await writeReport({
        command: session.command,
        from: session.resolve('.'),
        run: options.run,
        signal: session.signal,
      })
      session.progress.end()
      for (const { id, reason } of summary.rejected.slice(0, 10)) session.err.write(`not used: ${id}: ${reason}\n`)
      if (summary.rejected.length > 10) session.err.write(`and ${summary.rejected.length - 10} more in rejected.csv\n`)
      session.out.write(
        `${summary.added} ratings added${summary.repeated ? `, ${summary.repeated} were known` : ''}; ` +
          `ranked by ${summary.learner} with ${summary.labelled} labels\nreport: ${report}\n`,
      )
    })
}
