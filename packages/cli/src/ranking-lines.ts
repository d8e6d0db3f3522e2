import type { RankSummary } from '@astronomaly/pipeline'
import { formatCount } from './format-count.ts'

/** What `rank` says when it is done. */
export function rankingLines(summary: RankSummary): string[] {
  const { objects, rejected, reused, featureColumns, components, explainedVariance, first, out } = summary
  const lines = [
    `ranked ${formatCount(objects)} objects: ${featureColumns} features, ${components} principal components (${(100 * explainedVariance).toFixed(1)} % of the variance)`,
  ]
  if (rejected > 0)
    lines.push(
      `gone on without ${formatCount(rejected)} ${rejected === 1 ? 'file or object' : 'files or objects'}: ${out}/rejected.csv says why`,
    )
  if (reused.objects > 0) {
    const stages = reused.stages.length > 0 ? ` and the finished ${reused.stages.join(', ')}` : ''
    lines.push(`reused the features of ${formatCount(reused.objects)} objects${stages} from the earlier run`)
  }
  if (summary.relearned > 0) lines.push(`learnt again from the ${formatCount(summary.relearned)} ratings of the run`)
  lines.push(
    summary.learner === null ? 'first:' : `first, by ${summary.learner}:`,
    ...first.map(({ id, score }, i) => `  ${String(i + 1).padStart(2)}  ${score.toFixed(4)}  ${id}`),
  )
  return lines
}
