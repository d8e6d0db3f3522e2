import { readFile } from 'node:fs/promises'
import { definedOnly } from '@astronomaly/core'
import { foundByRank, rankDescending } from '@astronomaly/core/metrics'
import type { Evaluation } from '../evaluate/evaluation.ts'
import { evaluationTop, foundInLooks } from '../evaluate/evaluation-top.ts'
import type { RunData } from '../run/run-data.ts'
import type { RecallCurve, RecallPlot, ReportData } from './report-data.ts'

/** The objects that a person rated 3 or more, in the rankings before and after learning. */
function recallOfRatings(data: RunData): RecallPlot | undefined {
  const interesting = new Uint8Array(data.ids.length)
  for (const [row, rating] of data.ratings) interesting[row] = Number(rating >= 3)
  const anomalies = interesting.reduce((a, b) => a + b, 0)
  if (anomalies === 0 || !data.learned) return undefined
  const count = data.ids.length
  const ranks = [...new Set(Array.from({ length: 201 }, (_, i) => Math.max(1, Math.round(count ** (i / 200)))))]
  const curve = (name: string, scores: Float64Array): RecallCurve => {
    const byRank = foundByRank(rankDescending(scores), interesting)
    return { name, ranks, recall: ranks.map((rank) => byRank[rank - 1]! / anomalies) }
  }
  return {
    title: 'Where the objects rated 3 or more stand',
    note: 'Only objects that a person has rated are counted, and the learner was trained on them: read it as a check, not as a forecast.',
    objects: count,
    anomalies,
    curves: [
      curve('isolation forest', data.forestScore),
      curve(`${data.learned.learner}, ${data.learned.labels} labels`, data.learned.score),
    ],
  }
}

/** What `evaluation.json` says of the run's ranking; undefined when nothing was evaluated, or another ranking. */
async function readEvaluation({ run, record }: RunData): Promise<Evaluation | undefined> {
  try {
    const evaluation = JSON.parse(await readFile(run.file('evaluation.json'), 'utf8')) as Evaluation | null
    return evaluation?.ranking === record.stages.forest ? (evaluation ?? undefined) : undefined
  } catch {
    return undefined
  }
}

const round = (v: number): number => Math.round(v * 10) / 10

/** What an evaluation has found by looking, as the page's first fact. */
function discoveries(evaluation: Evaluation): ReportData['facts'][number] {
  const { looks, found, chance } = foundInLooks(evaluation)
  const last = looks.at(-1)!
  const each = Object.keys(evaluation.learners).map((name) => `${name} ${round(found(name, last))}`)
  return [
    `found in ${last} looks, of ${evaluation.anomalies} anomalies`,
    [...each, `chance ${round(chance(last))}`].join(', '),
  ]
}

function recallOfEvaluation(evaluation: Evaluation): RecallPlot {
  const { learners, ranks, labels, batch, seeds, objects, anomalies } = evaluation
  const names = Object.keys(learners)
  const { looks, found, chance } = foundInLooks(evaluation)
  const top = evaluationTop(evaluation)
  const last = top.steps.at(-1)!
  return {
    title: 'Recall against rank, simulated labels',
    note: `${labels} labels in batches of ${batch}, mean of ${seeds} seed${seeds === 1 ? '' : 's'}. The table begins with what is found by looking; the curves and its last columns are of the ranking after the last label, in which labelled objects are included.`,
    objects,
    anomalies,
    curves: names.map((name) => {
      const { recall, recallLow, recallHigh } = learners[name]!
      const [low, high] = seeds > 1 ? [recallLow, recallHigh] : []
      return definedOnly({ name, ranks, recall, low, high })
    }),
    table: {
      columns: [
        'learner',
        ...looks.map((n) => `found in ${n} looks`),
        `${top.name} of the ranking, labelled included`,
        'recall in its top 10 %, labelled included',
      ],
      rows: [
        ...names.map((name) => [
          name,
          ...looks.map((n) => round(found(name, n))),
          round(top.found(name, last)),
          `${Math.round(100 * learners[name]!.recallTop10)} %`,
        ]),
        ['chance', ...looks.map((n) => round(chance(n))), '', ''],
      ],
    },
  }
}

/** What a run knows of recall: an evaluation with a truth, and the ratings that a person gave. */
export async function recallOf(data: RunData): Promise<Pick<ReportData, 'facts' | 'recall'>> {
  const evaluation = await readEvaluation(data)
  const ratings = recallOfRatings(data)
  return {
    facts: evaluation ? [discoveries(evaluation)] : [],
    recall: [...(evaluation ? [recallOfEvaluation(evaluation)] : []), ...(ratings ? [ratings] : [])],
  }
}
