import { definedOnly, type Matrix } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import type { PcaModel } from '@astronomaly/features'
import type { RunData } from '../run/run-data.ts'
import { currentScore, nextOrder } from '../run/write-ranking.ts'
import { findLikeness, findReasons } from './find-reasons.ts'
import type { PagePictures } from './page-pictures.ts'
import type { ContactSheet, ReportObject } from './report-data.ts'

/** Objects on the sheet of the last ones. */
const mostLast = 24

/** What the contact sheets of a run are made from. */
export interface SheetSources {
  readonly data: RunData
  readonly pca: PcaModel
  /** The principal components of all objects. */
  readonly features: Matrix<Float32Array>
  readonly pictures: PagePictures
  /** All rows, by the current score. */
  readonly order: Uint32Array
  /** Objects on a sheet. */
  readonly top: number
  readonly signal: AbortSignal | undefined
}

type Describe = (rows: Uint32Array, by: 'forest' | 'learner', firstRank?: number) => Promise<readonly ReportObject[]>

/** The first of the ranking, what to look at next and the forest's own first, where a learner has ranked, and the last. */
export async function buildSheets(sources: SheetSources): Promise<readonly ContactSheet[]> {
  const { data, order, top } = sources
  const describe = await objectDescriber(sources)
  const forestOrder = data.learned ? rankDescending(data.forestScore) : order
  const first = `First ${Math.min(top, order.length)}`
  return [
    ...(await learnedSheets(sources, first, describe)),
    {
      id: 'forest',
      title: data.learned ? 'Isolation forest alone' : first,
      note: 'Ranked by the isolation forest, before any label.',
      objects: await describe(forestOrder.subarray(0, top), 'forest'),
    },
    ...(await lastSheet(sources, describe)),
  ]
}

async function learnedSheets(
  { data, order, top }: SheetSources,
  title: string,
  describe: Describe,
): Promise<readonly ContactSheet[]> {
  if (!data.learned) return []
  const { learner, labels } = data.learned
  return [
    {
      id: 'ranking',
      title,
      note: `Ranked by ${learner} with ${labels} labels; labelled objects are part of the ranking.`,
      objects: await describe(order.subarray(0, top), 'learner'),
    },
    {
      id: 'unlabelled',
      title: 'Not labelled yet',
      note: `What to look at next, in the order in which ${learner} asks for it. Ranks are places in that order.`,
      objects: await describe(nextOrder(data).subarray(0, top), 'learner'),
    },
  ]
}

async function lastSheet({ data, order, top }: SheetSources, describe: Describe): Promise<readonly ContactSheet[]> {
  const count = Math.min(mostLast, Math.max(0, order.length - top))
  if (count === 0) return []
  const start = order.length - count
  return [
    {
      id: 'last',
      title: `Last ${count}`,
      note: 'The end of the ranking: the most ordinary objects.',
      objects: await describe(order.subarray(start), data.learned ? 'learner' : 'forest', start + 1),
    },
  ]
}

/** A function that tells all that a sheet says of rows in their order. */
async function objectDescriber({ data, pca, features, pictures, signal }: SheetSources): Promise<Describe> {
  const reasonsOf = await findReasons(data, pca)
  const likenessOf = findLikeness(data, features)
  const score = currentScore(data)
  return async (rows, by, firstRank = 1) => {
    const objects: ReportObject[] = []
    for (const [i, row] of rows.entries()) {
      signal?.throwIfAborted()
      const picture = await pictures.of(row)
      const likeness = by === 'learner' ? likenessOf(row) : undefined
      const known = !Number.isNaN(data.raDeg[row]!)
      objects.push(
        definedOnly({
          id: data.ids[row]!,
          rank: firstRank + i,
          score: by === 'learner' ? score[row]! : data.forestScore[row]!,
          file: data.files[row]!.join(' '),
          forestScore: data.learned && data.forestScore[row]!,
          rating: data.ratings.get(row),
          picture: picture?.url,
          simulated: picture?.simulated,
          fingerprint: data.pictures[row] || undefined,
          reasons: [...(likeness ? [likeness] : []), ...(await reasonsOf(row))],
          raDeg: known ? data.raDeg[row]! : undefined,
          decDeg: known ? data.decDeg[row]! : undefined,
        }),
      )
    }
    return objects
  }
}
