import { join } from 'node:path'
import {
  currentOrder,
  type Evaluation,
  evaluate,
  foundInLooks,
  label,
  openRun,
  type RunData,
  rank,
  readTruth,
  simulateLabels,
  writeReport,
} from '@astronomaly/pipeline'
import { writeSurvey } from '@astronomaly/simulate/node'
import type { Command } from 'commander'
import { formatCount } from '../format-count.ts'
import { defaultWorkers, number, seed } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'
import { evaluationTable } from './evaluate.ts'

interface DemoFlags {
  readonly out: string
  readonly count: number
  readonly labels: number
  readonly batch: number
  readonly learner?: string
  readonly seed: number | string
  readonly workers: number
}

/** Anomalies (rating 3 or more) among the `looks` objects that a person is offered next, none of which has a rating. */
async function countInNext(data: RunData, truthFile: string, looks: number): Promise<number> {
  const truth = await readTruth(data, truthFile)
  const anomalies = new Set(truth.rows.filter((_, i) => truth.ratings[i]! >= 3))
  return currentOrder(data, { top: looks, withoutLabelled: true }).filter((row) => anomalies.has(row)).length
}

/** `astronomaly demo --out run/demo` */
export function addDemoCommand(program: Command, session: Session): void {
  program
    .command('demo')
    .description(
      'The whole way on a simulated survey: simulate, rank, label as a person who knows the truth would, report.',
    )
    .option('--out <folder>', 'folder to write: survey/ and run/', 'run/demo')
    .option('--count <n>', 'objects', number, 2000)
    .option('--labels <n>', 'simulated labels', number, 200)
    .option('--batch <n>', 'labels between two trainings', number, 25)
    .option('--learner <name>', 'what learns from them, as for label (default: forest-gp)')
    .option('--seed <seed>', 'root of all randomness', seed, 1)
    .option('--workers <n>', 'threads; the result does not depend on it', number, defaultWorkers)
    .action((flags: DemoFlags) =>
      perform(session, async ({ run: context, say }) => {
        const { count, seed, labels, batch, learner = 'default', workers } = flags
        const folder = session.resolve(flags.out)
        const survey = join(folder, 'survey')
        const run = join(folder, 'run')
        const truth = join(survey, 'truth.csv')
        const step = (text: string): void => {
          session.progress.end()
          session.progress.note(text)
        }

        step(`1  simulate ${count} objects`)
        await writeSurvey(survey, { count, seed, signal: context.signal, onProgress: context.onProgress })
        step('2  rank: features, PCA, isolation forest')
        const images = { folder: join(survey, 'images'), catalogue: join(survey, 'catalogue.fits') }
        await rank({ ...images, out: run, seed, workers, adopt: true, ...context })
        step(`3  ${labels} labels in batches of ${batch}, as a person who knows the truth would give them`)
        const protocol = { run, truth, labels, batch, ...context }
        const ratings = await simulateLabels({ ...protocol, learner })
        await label({ run, labels: ratings, learner, ...context })
        const evaluation = await evaluate({ ...protocol, learners: [learner, 'forest', 'neighbour-score', 'gp'] })

        const next = await countInNext(await openRun(run), truth, 100)
        const headline = headlineOf(evaluation, ratings.length)
        const report = await writeReport({
          command: session.command,
          from: session.resolve('.'),
          run,
          title: `${formatCount(count)} simulated galaxies`,
          facts: [
            [`injected anomalies found in ${ratings.length} looks`, headline],
            ['among the next 100 to look at', `${next} more`],
          ],
          signal: context.signal,
        })
        say(
          `\n${evaluationTable(evaluation)}\n\n` +
            `Injected anomalies (lenses, mergers, rings) found in ${ratings.length} looks among ${formatCount(evaluation.objects)} objects: ${headline}.\n` +
            `The next 100 to look at, none of them rated, hold ${next} more.\n` +
            `report: ${report}`,
        )
      }),
    )
}

/** What the first learner, the forest alone and chance find among so many objects looked at. */
function headlineOf(evaluation: Evaluation, labels: number): string {
  const { found, chance } = foundInLooks(evaluation)
  const looks = String(labels)
  const learner = Object.keys(evaluation.learners)[0]!
  const one = (count: number): string => count.toLocaleString('en-GB', { maximumFractionDigits: 1 })
  return (
    `${one(found(learner, looks))} of ${evaluation.anomalies} with the learner ${learner}, ` +
    `${one(found('forest', looks))} with the isolation forest alone, ${one(chance(looks))} by chance`
  )
}
