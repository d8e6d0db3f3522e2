/** Mean and standard deviation over seeds. */
interface Figure {
  readonly mean: number
  readonly std: number
}

/** What detectors have found in one set. */
export interface Outcome {
  readonly name: string
  readonly group: 'ADBench' | 'ODDS'
  readonly rows: number
  readonly columns: number
  readonly anomalies: number
  /** Figures of another program's isolation forest. */
  readonly reference: { readonly auroc: Figure; readonly ap?: Figure; readonly seeds: number } | undefined
  /** By the name of the detector, which learns from all rows and scores them. */
  readonly found: Found
  /** The same where it learns from half of the ordinary rows and scores all others; empty for the largest sets. */
  readonly clean: Found
}

type Found = Record<string, { readonly auroc: Figure; readonly ap: Figure; readonly seeds: number }>

/** Seconds of one detector for fitting and for scoring so many rows. */
export interface Cost {
  readonly name: string
  readonly rows: number
  readonly fit: number
  readonly score: number
}

interface Titled {
  readonly name: string
  readonly title: string
}

const percent = (value: number): string => (100 * value).toFixed(2)
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(2)}`
const pm = ({ mean, std }: Figure): string =>
  Number.isFinite(std) ? `${percent(mean)} ± ${percent(std)}` : percent(mean)
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
const head = (cells: readonly string[]): string[] => [row(cells), `|${'---|'.repeat(cells.length)}`]
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

const measures = ['auroc', 'ap'] as const
const measureTitles = { auroc: 'AUROC', ap: 'Average precision' }

/**
 * How many standard errors lie between two means over seeds.
 *
 * @remarks The deviation of a few seeds is itself uncertain, so the larger of both counts; 0.0001 is the rounding of the reference.
 */
function distance(a: Figure, aSeeds: number, b: Figure, bSeeds: number): number {
  // Deviations are those of the seeds at hand; n/(n − 1) makes them ones of all seeds.
  const variance = (std: number, n: number): number => (std > 0 && n > 1 ? (std * std * n) / (n - 1) : 0)
  const larger = Math.max(variance(a.std, aSeeds), variance(b.std, bSeeds))
  return (a.mean - b.mean) / Math.hypot(Math.sqrt(larger * (1 / aSeeds + 1 / bSeeds)), 0.0001)
}

function tableOf(outcomes: readonly Outcome[], key: (typeof measures)[number], detectors: readonly Titled[]): string[] {
  const [first, ...others] = detectors
  const peer = outcomes[0]?.group === 'ADBench' ? 'scikit-learn' : 'PyOD, published'
  const lines = head([
    'set',
    'rows × columns',
    'anomalies',
    ...(outcomes.some((o) => o.reference?.[key]) ? [peer] : []),
    ...[first!, ...others].map((d) => (d === first ? 'default' : `\`${d.title}\``)),
  ])
  for (const { name, rows, columns, anomalies, reference, found } of outcomes) {
    const theirs = reference?.[key]
    const best = Math.max(...Object.values(found).map((f) => f[key].mean))
    lines.push(
      row([
        name,
        `${rows} × ${columns}`,
        anomalies,
        ...(outcomes.some((o) => o.reference?.[key]) ? [theirs ? pm(theirs) : '–'] : []),
        ...detectors.map((d) => {
          const figure = found[d.name]?.[key]
          if (!figure) return '–'
          const text = d === first ? pm(figure) : percent(figure.mean)
          return figure.mean === best ? `**${text}**` : text
        }),
      ]),
    )
  }
  return lines
}

/** Means over the sets by one of the two ways of measuring. */
function summary(
  all: readonly Outcome[],
  way: 'found' | 'clean',
  costs: readonly Cost[],
  detectors: readonly Titled[],
): string[] {
  const [first] = detectors
  const outcomes = all.map((o) => ({ found: o[way] })).filter((o) => o.found[first!.name])
  const base = costs.find((c) => c.name === first!.name)
  const lines = head([
    'detector',
    'AUROC',
    'difference',
    'better : worse',
    'average precision',
    'difference',
    'better : worse',
    ...(costs.length > 0 ? ['fit, times the default’s', 'scoring a row, times the default’s'] : []),
  ])
  for (const { name, title } of detectors) {
    const common = outcomes.filter((o) => o.found[name])
    const cells = measures.flatMap((key) => {
      const average = mean(common.map((o) => o.found[name]![key].mean))
      const ours = mean(common.map((o) => o.found[first!.name]![key].mean))
      const apart = common.map((o) => {
        const a = o.found[name]!
        const b = o.found[first!.name]!
        return distance(a[key], a.seeds, b[key], b.seeds)
      })
      const verdict = `${apart.filter((z) => z > 3).length} : ${apart.filter((z) => z < -3).length}`
      return [
        `${percent(average)}${common.length < outcomes.length ? ` (${common.length} sets)` : ''}`,
        ...(name === first!.name ? ['', ''] : [signed(average - ours), verdict]),
      ]
    })
    const cost = costs.find((c) => c.name === name)
    const times = (value: number): string => String(Number(value.toPrecision(2)))
    lines.push(
      row([
        name === first!.name ? 'default' : `\`${title}\``,
        ...cells,
        ...(cost && base
          ? [
              times(cost.fit / cost.rows / (base.fit / base.rows)),
              times(cost.score / cost.rows / (base.score / base.rows)),
            ]
          : []),
      ]),
    )
  }
  return lines
}

/** Where a detector gains and loses most against the default, in words. */
function extremes(outcomes: readonly Outcome[], detectors: readonly Titled[]): string[] {
  const [first, ...others] = detectors
  return others.map(({ name, title }) => {
    const differences = outcomes
      .flatMap(({ name: set, found }) => {
        const a = found[name]
        const b = found[first!.name]!
        return a
          ? [{ set, difference: a.auroc.mean - b.auroc.mean, z: distance(a.auroc, a.seeds, b.auroc, b.seeds) }]
          : []
      })
      .sort((a, b) => b.difference - a.difference)
    const named = (list: typeof differences): string =>
      list.map(({ set, difference }) => `${set} ${signed(difference)}`).join(', ') || 'nowhere'
    const gains = differences.filter(({ z, difference }) => z > 3 && difference >= 0.005).slice(0, 4)
    const losses = differences
      .filter(({ z, difference }) => z < -3 && difference <= -0.005)
      .slice(-4)
      .reverse()
    return `- \`${title}\`: gains most on ${named(gains)}; loses most on ${named(losses)}.`
  })
}

/** How the default forest stands to the reference, set by set. */
function agreement(outcomes: readonly Outcome[], first: Titled): string[] {
  const compared = outcomes.flatMap(({ name, found, reference }) =>
    measures.flatMap((key) => {
      const ours = found[first.name]
      const theirs = reference?.[key]
      if (!ours || !reference || !theirs) return []
      return [{ name, key, z: distance(ours[key], ours.seeds, theirs, reference.seeds) }]
    }),
  )
  const beyond = compared.filter(({ z }) => Math.abs(z) > 3)
  const rms = Math.sqrt(mean(compared.map(({ z }) => z * z)))
  const text = beyond.map(({ name, key, z }) => `${measureTitles[key]} of ${name} (${z.toFixed(1)})`).join(', ')
  return [
    `The default forest and the reference differ by ${rms.toFixed(2)} standard errors of their seeds (root mean square over ${compared.length} figures); ` +
      `beyond three standard errors: ${text || 'none'}.`,
  ]
}

/** The page `docs/detectors.md`. */
export function detectorsPage(
  outcomes: readonly Outcome[],
  costs: readonly Cost[],
  detectors: readonly Titled[],
): string {
  const ours = outcomes.filter((o) => o.group === 'ADBench')
  const odds = outcomes.filter((o) => o.group === 'ODDS')
  const lines = [
    '# What the variants of the isolation forest detect',
    '',
    'Made by `npm run bench -- detectors`. Each forest is fitted on all rows of a set without its labels and scores the same rows.',
    'Figures are per cent, means of 10 seeds (5 above 20,000 rows, 3 above 100,000), ± the standard deviation over seeds. The reference is',
    'scikit-learn 1.2.1 with the default’s parameters, 5 seeds (2 above 100,000 rows). Bold: the best of a line.',
    '',
    '## In the mean',
    '',
    `Means over the ${ours.length} sets of ADBench. *Better : worse* counts the sets on which a variant differs from the default by more than three`,
    `standard errors. Costs a row are measured on ${costs[0]!.rows} rows of 26 columns, on one thread. The local outlier factor, with its defaults and the columns as`,
    `they are, is measured on sets of at most 20,000 rows and its cost, which grows with them, on ${costs.at(-1)!.rows}.`,
    '',
    ...summary(ours, 'found', costs, detectors),
    '',
    'By AUROC, where the difference is beyond three standard errors and half a per cent:',
    '',
    ...extremes(ours, detectors),
    '',
    ...agreement(ours, detectors[0]!),
    '',
    '## Learnt from ordinary rows alone',
    '',
    `Here each forest is fitted on half of the ordinary rows of a set, drawn anew for each seed, and scores all other rows: ${ours.filter((o) => Object.keys(o.clean).length > 0).length} sets of`,
    'ADBench, those of at most 20,000 rows. A row may then lie outside all that the forest has seen, which `penalizeRange` counts.',
    '',
    ...summary(ours, 'clean', [], detectors),
  ]
  for (const key of measures) lines.push('', `## ${measureTitles[key]}, ADBench`, '', ...tableOf(ours, key, detectors))
  for (const key of measures) {
    lines.push('', `## ${measureTitles[key]}, ODDS`, '')
    if (key === 'auroc')
      lines.push('PyOD trained on 60 % of the rows and scored the rest, so that its figures compare within some 3.', '')
    lines.push(...tableOf(odds, key, detectors))
  }
  return `${lines.join('\n')}\n`
}
