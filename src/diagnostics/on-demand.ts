import { loadNow } from '../base/index.js'
import type { Client, Held } from '../client/index.js'
import type { Accounts } from '../model/index.js'
import type { RunObserver } from '../executor/index.js'
import type { Callbacks } from './callbacks.js'
import type { ProfilePlot } from './draw-profile.js'
import type { ResourceProfile } from './profile-resources.js'
import type { TaskProfile } from './profile-tasks.js'
import type { MemorySampler } from './memory-sampler.js'
import type { SpanProfile } from './span-profile.js'
import type { TraceOptions } from './trace-runs.js'

// What only some programs use, and what draws, is loaded when it is first called.

/**
 * Calls back at the beginning and the end of every computation that `fn` starts, and of each of their tasks; gives what `fn`
 * gives. Tasks are told of in batches, as the news of them arrive. Nested calls all hear of what the inner one starts.
 *
 * @throws what `fn` throws, or what a callback threw: the computations go on, but without the callbacks.
 * @example
 * const slow: string[] = []
 * await withCallbacks({ onTaskEnd: ({ key, seconds }) => { if (seconds > 1) slow.push(key) } }, () => words.compute())
 */
export async function withCallbacks<R>(callbacks: Callbacks, fn: () => R | PromiseLike<R>): Promise<R> {
  const { runWithCallbacks } = await import('./callbacks.js')
  return runWithCallbacks(callbacks, fn)
}

/** Has the observer told of the computations that `fn` starts, in whatever it calls and awaits, and of no others. */
export async function withRunObserver<R>(observer: RunObserver, fn: () => R | PromiseLike<R>): Promise<R> {
  return (await import('./run-scope.js')).withRunObserver(observer, fn)
}

/**
 * Records every task of the computations that `fn` starts: which, when, how long. Gives what `fn` gives, and the profile.
 *
 * @throws what `fn` throws.
 * @example
 * const { result, profile } = await profileTasks(() => words.frequencies().compute())
 * console.log(String(profile))
 * await writeFile('profile.svg', profile.toSVG())
 */
export async function profileTasks<R>(
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: R; readonly profile: TaskProfile }> {
  const { recordTasks } = await import('./profile-tasks.js')
  return recordTasks(fn)
}

/**
 * Adds up where the time goes of the computations that `fn` starts: by span and by group of tasks, with the critical path and
 * what would help most. Gives what `fn` gives, and the profile. `Client.spans` knows more of a cluster: transfers, idle threads.
 *
 * @throws what `fn` throws.
 * @example
 * const { profile } = await profileSpans(() => span('count', () => words.frequencies().compute()))
 * console.log(String(profile))
 */
export async function profileSpans<R>(
  fn: () => R | PromiseLike<R>,
): Promise<{ readonly result: R; readonly profile: SpanProfile }> {
  const { measureSpans } = await import('./profile-spans.js')
  return measureSpans(fn)
}

/**
 * Measures the memory of a cluster's workers while parts of a program run, so that they can be compared.
 *
 * @example
 * const sampler = memorySampler(client)
 * await sampler.sample('one', () => table.compute())
 * console.log(sampler)
 */
export function memorySampler(client: Pick<Client, 'workers'>): MemorySampler {
  const { MemorySampler: Sampler } = loadNow(import.meta.url, './memory-sampler.js') as typeof import('./memory-sampler.js')
  return new Sampler(client)
}

/**
 * From now on tells OpenTelemetry of every computation that this program starts: a span around it, below that one for each
 * `span` of the program and each group of tasks, and with `tasks` one for each task; and of every call of a client (`submit`, each of `map`):
 * a span from when it is made until its result is there. They are children of the span that is active where that is. What becomes of them is up to the SDK that the program has set up; without one
 * nothing does. Gives a function that ends it.
 *
 * @throws TracingUnavailable when the package @opentelemetry/api is not installed
 * @example
 * const stop = traceRuns()
 */
export function traceRuns(options: TraceOptions = {}): () => void {
  return (loadNow(import.meta.url, './trace-runs.js') as typeof import('./trace-runs.js')).startTracing(options)
}

/**
 * Where the time of a cluster went, by span and by group of tasks, since the client connected; or, with `all`, what all clients
 * had it do since the scheduler began. It has what `profileSpans` has, and what workers measure: transfers, why threads were
 * idle, memory and disk.
 *
 * @throws ArgumentError for what is no client
 * @example
 * await span('load', () => readJson('*.json').compute({ executor: client }))
 * console.log(String(await clusterSpans(client)))
 */
export async function clusterSpans(client: Client, { all = false }: { readonly all?: boolean } = {}): Promise<SpanProfile> {
  const { askForSpans } = await import('./cluster-spans.js')
  return askForSpans(client, all)
}

/**
 * Measures what this process uses while `fn` runs: processor, memory, heap. Gives what `fn` gives, and the profile. `interval`
 * is the time between samples in milliseconds, 100 unless told; while this thread computes there are fewer of them.
 *
 * @throws ArgumentError for an interval that is not a positive number; what `fn` throws.
 * @example
 * const { result, profile } = await profileResources(() => profileTasks(() => words.compute()))
 * await writeFile('profile.svg', renderProfile({ tasks: result.profile.tasks, samples: profile.samples }))
 */
export async function profileResources<R>(
  fn: () => R | PromiseLike<R>,
  options: { readonly interval?: number } = {},
): Promise<{ readonly result: R; readonly profile: ResourceProfile }> {
  const { measureResources } = await import('./profile-resources.js')
  return measureResources(fn, options)
}

/**
 * Draws in the terminal how far futures, or collections that a client keeps, are, with all tasks that they need; resolves when
 * they have come to their ends, good or bad ones. The setting `progress.show` says whether anything is drawn.
 *
 * @throws ArgumentError for what no client keeps; the reason of the signal.
 * @example
 * const squares = client.map((x: number) => x * x, numbers)
 * await progress(squares)
 */
export async function progress(of: Held, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
  const { drawProgress } = await import('./progress.js')
  return drawProgress(of, signal)
}

/**
 * Tasks on a line of time, a row for each thread, under what the process used meanwhile: an SVG image that follows the
 * reader's light or dark theme. Resting the pointer on a task shows what it was.
 *
 * @example
 * await writeFile('profile.svg', renderProfile({ tasks, samples }))
 */
export function renderProfile(plot: ProfilePlot): string {
  const { drawProfile } = loadNow(import.meta.url, './draw-profile.js') as typeof import('./draw-profile.js')
  return drawProfile(plot)
}

/**
 * Text in aligned columns, two spaces apart. `align`: a letter for each column, l or r. Lines end with their last letter.
 *
 * @example
 * formatTable(['name', 'tasks'], [['inc', '12']], 'lr')
 */
export function formatTable(heads: readonly string[] | undefined, rows: readonly (readonly string[])[], align: string): string {
  return (loadNow(import.meta.url, './text-table.js') as typeof import('./text-table.js')).alignColumns(heads, rows, align)
}

/** See `diagnostics/progress-lines.ts`: the lines that show how far things are. */
export function progressLines(...args: Parameters<typeof import('./progress-lines.js').progressLines>): string[] {
  return (loadNow(import.meta.url, './progress-lines.js') as typeof import('./progress-lines.js')).progressLines(...args)
}

/** The text in exactly `width` cells: filled up with spaces at its end, or cut there, with an ellipsis. */
export function fitText(text: string, width: number): string {
  widths ??= loadNow(import.meta.url, './text-width.js') as typeof import('./text-width.js')
  return widths.fitText(text, width)
}

/** What accounts say, as `SpanProfile` prints it. */
export function spanTable(accounts: Accounts): string {
  const { SpanProfile: Profile } = loadNow(import.meta.url, './span-profile.js') as typeof import('./span-profile.js')
  return String(new Profile(accounts))
}

let widths: typeof import('./text-width.js') | undefined

/** The cells that a line of text without control characters takes in a terminal. */
export function textWidth(text: string): number {
  widths ??= loadNow(import.meta.url, './text-width.js') as typeof import('./text-width.js')
  return widths.textWidth(text)
}
