/** What one benchmark is told. */
export interface BenchmarkOptions {
  /** a small run, to see that it works: all benchmarks together take less than a minute */
  readonly quick: boolean
  /** one line for whoever waits */
  say(line: string): void
}

/** What somebody else needs for the same. */
export interface PeerFigure {
  /** with its version, and how it was used where there is a choice */
  readonly name: string
  readonly figure: number
  /** we are to be at least this many times better */
  readonly target?: number
  /** how many times better we are, where that is not the ratio of the figures: the median of the ratios of pairs */
  readonly ratio?: number
}

/** One thing that was measured. */
export interface Measurement {
  readonly what: string
  /** 'µs/task', 'M tasks/s', 'ms', …: of all figures of the line */
  readonly unit: string
  /** the median of ours */
  readonly ours: number
  /** whether more is better; less is, unless told */
  readonly moreIsBetter?: boolean
  readonly peers?: readonly PeerFigure[]
  /** the figure that we are to reach: at most, or at least where more is better */
  readonly goal?: number
  /** the best that there could be, and what shows it */
  readonly limit?: { readonly figure: number; readonly what: string }
}

export interface BenchmarkResult {
  readonly measurements: readonly Measurement[]
  /** how it was measured, and what else a reader should know */
  readonly notes: readonly string[]
  /** peers that are not here, and how to get them */
  readonly skipped?: readonly string[]
}

/** A file bench/<name>.ts exports one of these as `benchmark`. */
export interface Benchmark {
  readonly name: string
  /** what it measures, in one line */
  readonly title: string
  run(options: BenchmarkOptions): Promise<BenchmarkResult>
}
