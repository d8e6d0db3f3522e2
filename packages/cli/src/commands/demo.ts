import { join } from 'node:path'
import {
  currentOrder,
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
import { defaultWorkers, number, seed } from '../options.ts'
import type { Session } from '../session.ts'
import { evaluationTable } from './evaluate.ts'

interface DemoFlags {
  readonly out: string
  readonly count: number
  readonly labels: number
  readonly batch: number
  readonly learner: string
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
    .option('--learner <name>', 'what learns from them', 'default')
    .option('--seed <seed>', 'root of all randomness', seed, 1)
    .option('--workers <n>', 'threads; the result does not depend on it', number, defaultWorkers)
    .action(async (flags: DemoFlags) => {
      const folder = session.resolve(flags.out)
      const survey = join(folder, 'survey')
      const run = join(folder, 'run')
      const truth = join(survey, 'truth.csv')
      const context = { signal: session.signal, onProgress: session.progress.show.bind(session.progress) }
      const say = (text: string): unknown => session.progress.note(text)

      say(`1  simulate ${flags.count} objects`)
      await writeSurvey(survey, { count: flags.count, seed: flags.seed, ...context })
      session.progress.end()
      say('2  rank: features, PCA, isolation forest')
      await rank({
        folder: join(survey, 'images'),
        out: run,
        catalogue: join(survey, 'catalogue.fits'),
        seed: flags.seed,
        workers: flags.workers,
        adopt: true,
        ...context,
      })
      session.progress.end()

      say(`3  ${flags.labels} labels in batches of ${flags.batch}, as a person who knows the truth would give them`)
      const protocol = { run, truth, labels: flags.labels, batch: flags.batch, ...context }
      const ratings = await simulateLabels({ ...protocol, learner: flags.learner })
      await label({ run, labels: ratings, learner: flags.learner, ...context })
      const evaluation = await evaluate({
        ...protocol,
        learners: [...new Set([flags.learner, 'forest', 'neighbour-score', 'gp'])],
      })
      const { found, chance } = foundInLooks(evaluation)
      const looks = String(ratings.length)
      const learner = Object.keys(evaluation.learners)[0]!
      const next = await countInNext(await openRun(run), truth, 100)
      const count = (n: number): string => n.toLocaleString('en-GB', { maximumFractionDigits: 1 })
      const headline =
        `${count(found(learner, looks))} of ${evaluation.anomalies} with the learner ${learner}, ` +
        `${count(found('forest', looks))} with the isolation forest alone, ${count(chance(looks))} by chance`
      const report = await writeReport({
        command: session.command,
        from: session.resolve('.'),
        run,
        title: `${flags.count.toLocaleString('en-GB')} simulated galaxies`,
        facts: [
          [`injected anomalies found in ${looks} looks`, headline],
          ['among the next 100 to look at', `${next} more`],
        ],
        signal: session.signal,
      })
      session.progress.end()
      session.out.write(
        `\n${evaluationTable(evaluation)}\n\n` +
          `Injected anomalies (lenses, mergers, rings) found in ${looks} looks among ${count(evaluation.objects)} objects: ${headline}.\n` +
          `The next 100 to look at, none of them rated, hold ${next} more.\n` +
          `report: ${report}\n`,
      )
    })
}
