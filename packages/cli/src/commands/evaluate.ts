import { access, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type EvaluateOptions, type Evaluation, evaluate, evaluationTop, foundInLooks } from '@astronomaly/pipeline'
import type { Command } from 'commander'
import { list, number, pathIn } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'
import { textTable } from '../text-table.ts'
import { writePage } from '../write-page.ts'

interface EvaluateFlags
  extends Pick<EvaluateOptions, 'truth' | 'scale' | 'labels' | 'batch' | 'seeds' | 'learners' | 'interesting'> {
  readonly json?: string
}

/** The tables that `evaluate` prints: what a person finds by looking, then where all anomalies stand in the ranking. */
export function evaluationTable(evaluation: Evaluation): string {
  const { learners, anomalies } = evaluation
  const names = Object.keys(learners)
  const { looks, found, chance } = foundInLooks(evaluation)
  const top = evaluationTop(evaluation)
  const one = (x: number): string => (Number.isInteger(x) ? String(x) : x.toFixed(1))
  return [
    textTable(
      ['learner', ...looks.map((n) => `${n} looks`)],
      [
        ...names.map((name) => [name, ...looks.map((n) => one(found(name, n)))]),
        ['chance', ...looks.map((n) => one(chance(n)))],
      ],
      `Anomalies found among so many objects looked at, of ${anomalies}:`,
    ),
    textTable(
      ['learner', ...top.steps.map((n) => `${n} labels`), 'recall in 5 %', '10 %', 'avg. precision'],
      names.map((name) => {
        const l = learners[name]!
        return [
          name,
          ...top.steps.map((n) => one(top.found(name, n))),
          `${(100 * l.recallTop5).toFixed(0)} %`,
          `${(100 * l.recallTop10).toFixed(0)} %`,
          l.averagePrecision.toFixed(3),
        ]
      }),
      `The ranking, labelled objects included: anomalies in its ${top.name} after so many labels, and share of all ${anomalies} in its first 5 and 10 %:`,
    ),
  ].join('\n\n')
}

/** `astronomaly evaluate run/ --truth truth.csv` */
export function addEvaluateCommand(program: Command, session: Session): void {
  program
    .command('evaluate')
    .description('Play the labelling with a known truth and say how many anomalies each learner brings to the top.')
    .argument('<run>', 'run directory that rank wrote', pathIn(session))
    .requiredOption(
      '--truth <file>',
      'table with columns id (or file) and rating: what a person would say of each object',
      pathIn(session),
    )
    .option(
      '--scale <n>',
      'highest rating that the truth could give: 1 where 0 and 1 are no and yes (default: 5)',
      number,
    )
    .option('--labels <n>', 'labels in all', number, 500)
    .option('--batch <n>', 'labels between two trainings', number, 100)
    .option('--seeds <n>', 'repetitions with other seeds; figures are means', number, 1)
    .option(
      '--learners <names>',
      'of forest, neighbour-score, gp, forest-gp (which default means too) and random (default: all but random)',
      list,
    )
    .option('--interesting <rating>', 'ratings from here up are anomalies', number, 3)
    .option('--json <file>', 'write the figures', pathIn(session))
    .addHelpText(
      'after',
      `
The forest chooses the first batch; then each learner is trained on the labels so far and chooses the next batch. Objects without a
truth are left out. The first table counts what is found by looking; the second, and the report’s curves, count labelled objects
as part of the ranking, as the paper does.
JSON: { objects, anomalies, learners: { <id>: { found: { "100": n, … }, recallTop10: n, … } } }, found = anomalies among the first
that many labels, recallTop10 = share of all anomalies in the first tenth of the ranking after the last batch.

Example:
  astronomaly evaluate run/ --truth truth.csv --labels 200 --batch 20 --seeds 5 --learners forest,neighbour-score,gp`,
    )
    .action((path: string, { json, ...flags }: EvaluateFlags) =>
      perform(session, async (performance) => {
        const { run, say } = performance
        // A file that cannot be written is said before the work, not after it.
        if (json !== undefined) await access(dirname(json))
        const evaluation = await evaluate({ ...flags, run: path, ...run })
        if (json !== undefined) await writeFile(json, `${JSON.stringify(evaluation, null, 1)}\n`)
        say(`${evaluation.objects} objects, ${evaluation.anomalies} anomalies\n${evaluationTable(evaluation)}`)
        await writePage(session, performance, { run: path })
      }),
    )
}
