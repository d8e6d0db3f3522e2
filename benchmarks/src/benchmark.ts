/** One measured figure beside those of its peers. */
export interface BenchmarkResult {
  /** Stable, so that runs can be compared over time. */
  readonly id: string
  readonly value: number
  readonly unit: string
  /** Whether a higher or a lower value is better. */
  readonly better: 'higher' | 'lower'
  /** Value of each peer, by name and version; in the same unit, from the same run. */
  readonly peers: Readonly<Record<string, number>>
}

/** What every benchmark is given. */
export interface BenchmarkContext {
  /** Rows asked for on the command line. */
  readonly rows: number | undefined
  /** An empty folder that is removed afterwards. */
  readonly folder: string
  /** Path of a file under the shared data. */
  shared(path: string): string
  /** Runs a script of `peers/` in the pinned Python environment; its last line of output is the result as JSON. */
  peers<T>(script: string, args: Readonly<Record<string, unknown>>): Promise<T>
  /** Says what is going on. */
  say(text: string): void
}

/** A benchmark: measures, and returns its figures. */
export type Benchmark = (context: BenchmarkContext) => Promise<readonly BenchmarkResult[]>

/** Ours ÷ best peer, oriented so that higher is better for us; undefined without peers. */
export function ratioOf({ value, better, peers }: BenchmarkResult): number | undefined {
  const others = Object.values(peers)
  if (others.length === 0) return undefined
  return better === 'higher' ? value / Math.max(...others) : Math.min(...others) / value
}

/** The median of some durations in seconds: each run of `body` is timed, after one that is not. */
export async function medianSeconds(body: () => unknown, runs = 5): Promise<number> {
  return (await medianSecondsOfEach([body], runs))[0] as number
}

/** {@link medianSeconds} of several bodies that take turns, so that what else the machine does falls on all of them. */
export async function medianSecondsOfEach(bodies: readonly (() => unknown)[], runs: number): Promise<number[]> {
  const seconds: number[][] = bodies.map(() => [])
  for (const body of bodies) await body()
  for (let i = 0; i < runs; i++) {
    for (const [k, body] of bodies.entries()) {
      const start = performance.now()
      await body()
      seconds[k]!.push((performance.now() - start) / 1000)
    }
  }
  return seconds.map((values) => values.sort((a, b) => a - b)[runs >> 1] as number)
}
