import { type LabelOptions, label } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { number, pathIn, seed } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'
import { writePage } from '../write-page.ts'

interface LabelFlags extends Pick<LabelOptions, 'scale' | 'learner' | 'seed'> {
  readonly labels?: string
  readonly pictures?: string
}

/** Lines that cannot be used and are shown. */
const shown = 10

const chosenBy = { option: '', run: " (the run's learner)", default: ' (the default learner)' } as const

/** `astronomaly label run/ --labels labels.csv` */
export function addLabelCommand(program: Command, session: Session): void {
  program
    .command('label')
    .description('Take ratings, append them to the run’s journal, and rank everything again.')
    .argument('<run>', 'run directory that rank wrote', pathIn(session))
    .option(
      '--labels <file>',
      'table with columns id (or file) and rating: 0 dull or an artefact … 5 most interesting',
      pathIn(session),
    )
    .option(
      '--scale <n>',
      'highest rating that the file could give: 1 where 0 and 1 are no and yes (default: 5)',
      number,
    )
    .option(
      '--learner <name>',
      'forest-gp (which default means too), gp (direct regression) or neighbour-score (default: the learner that the run had last, else forest-gp)',
    )
    .option(
      '--seed <seed>',
      'root of the learner’s randomness (default: that of the run’s learner, else of the run)',
      seed,
    )
    .option(
      '--pictures <folder>',
      'where the pictures are now, when they have moved; the run remembers it once all of the page are there',
      pathIn(session),
    )
    .addHelpText(
      'after',
      `
The file is CSV, TSV, ECSV, FITS, Parquet or VOTable; columns such as objid, source_id, name, filename and human_label, label are
understood too, and -1 in human_label is no label. The journal run/labels.jsonl only grows; the last rating of an object counts. A
line with an unknown id or no number goes to run/rejected.csv; ratings above 5, or all within 0 … 1, need --scale. Without --labels
the run is ranked again with the ratings it has. Afterwards run/ranking.csv and run/report.html show the new order and, in its column
next, what to look at next. The run keeps its learner: later calls, and rank with other options, go on with it.

Examples:
  astronomaly label run/ --labels labels.csv
  astronomaly label run/ --labels votes.fits --scale 1
  astronomaly label run/ --learner gp`,
    )
    .action((path: string, { pictures, ...flags }: LabelFlags) =>
      perform(session, async (performance) => {
        const { run, say } = performance
        const summary = await label({ ...flags, run: path, ...run })
        const { rejected, added, repeated, unrated, labelled, learner, learnerFrom } = summary
        session.progress.end()
        for (const { id, reason } of rejected.slice(0, shown)) session.err.write(`not used: ${id}: ${reason}\n`)
        if (rejected.length > shown) session.err.write(`and ${rejected.length - shown} more in rejected.csv\n`)
        say(
          `${added} ratings added${repeated ? `, ${repeated} were known` : ''}${unrated ? `, ${unrated} lines have none` : ''}; ` +
            `ranked by ${learner}${chosenBy[learnerFrom]} with ${labelled} labels`,
        )
        await writePage(session, performance, { run: path, pictures })
      }),
    )
}
