import type { PcaModel } from '@astronomaly/features'
import type { RunData } from '../run/run-data.ts'
import type { RunRecord } from '../run/run-record.ts'
import { formatPercent } from './format-number.ts'
import type { ReportData } from './report-data.ts'

/** Such as `'CNN, 1,280 columns, 8 views; morphology, 60 columns'`. */
function describeFeatures({ features = [], options }: RunRecord): string {
  const kinds = features.map(({ columns, names }) => {
    const views = options.views === 1 ? '' : `, ${options.views} views`
    return `${names ? 'morphology' : 'CNN'}, ${columns.toLocaleString('en-GB')} columns${names ? '' : views}`
  })
  return kinds.join('; ')
}

/** How a run's ranking was made, in the order in which the page says it. */
export function runFacts(
  { record, ids, ratings, learned }: RunData,
  pca: PcaModel,
  rejected: number,
): ReportData['facts'] {
  const { trees, sampleSize, seed } = record.options
  const variance = pca.explainedVarianceRatio.reduce((a, b) => a + b, 0)
  return [
    ['objects ranked', ids.length.toLocaleString('en-GB')],
    ['gone on without', rejected.toLocaleString('en-GB')],
    ['features', describeFeatures(record)],
    ['principal components', `${pca.columns} (${formatPercent(variance, 1)} of the variance)`],
    ['isolation forest', `${trees} trees of ${sampleSize} rows, seed ${seed}`],
    ['labels', learned ? `${ratings.size}, learner ${learned.learner}, seed ${learned.seed}` : `${ratings.size}`],
  ]
}
