import { join } from 'node:path'
import {
  currentOrder,
  evaluate,
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

/** Anomalies (rating 3 or more) among the first `top` of the run's present ranking, and in all. */
async function countInTop(data: RunData, truthFile: string, top: number): Promise<{ found: number; all: number }> {
  const truth = await readTruth(data, truthFile)
  const anomalies = new Set(truth.rows.filter((_, i) => truth.ratings[i]! >= 3))
  const found = Array.from(currentOrder(data, { top })).filter((row) => anomalies.has(row)).length
  return { found, all: anomalies.size }
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
    .option('--learner <name>', 'what learns from them', 'forest-gp')
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
      const summary = await rank({
        folder: join(survey, 'images'),
        out: run,
        catalogue: join(survey, 'catalogue.fits'),
        seed: flags.seed,
        workers: flags.workers,
        ...context,
      })
      const top = Math.min(100, summary.objects)
      const unlabelled = await openRun(run)
      const before = await countInTop({ ...unlabelled, learned: undefined }, truth, top)
      session.progress.end()

      say(`3  ${flags.labels} labels in batches of ${flags.batch}, as a person who knows the truth would give them`)
      const protocol = { run, truth, labels: flags.labels, batch: flags.batch, ...context }
      const ratings = await simulateLabels({ ...protocol, learner: flags.learner })
      await label({ run, labels: ratings, learner: flags.learner, ...context })
      const after = await countInTop(await openRun(run), truth, top)
      const evaluation = await evaluate({ ...protocol, learners: ['forest', 'neighbour-score', 'gp', 'forest-gp'] })
      const best = Math.min(top, after.all)
      const report = await writeReport({
        command: session.command,
        run,
        title: `${flags.count.toLocaleString('en-GB')} simulated galaxies`,
        facts: [
          [
            `injected anomalies in the first ${top}`,
            `${before.found} before labels, ${after.found} of ${best} after ${ratings.length}`,
          ],
        ],
        signal: session.signal,
      })
      session.progress.end()
      session.out.write(
        `\n${evaluationTable(evaluation)}\n\n` +
          `Injected anomalies (lenses, mergers, rings) in the first ${top} of ${summary.objects.toLocaleString('en-GB')}: ` +
          `${before.found} before labels, ${after.found} after ${ratings.length} labels (${best} possible).\n` +
          `report: ${report}\n`,
      )
    })
}
