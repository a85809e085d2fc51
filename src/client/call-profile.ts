import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { ArgumentError, describe, formatDuration } from '../base/index.js'
import { type CallFrame, type CallNode, CallTree, type FlatCallTree } from '../events/index.js'
import { sourcePlace } from '../transfer/index.js'
import type { ClientCore } from './core.js'

/** Milliseconds between two samples, unless told. */
const INTERVAL = 1
/** Milliseconds that are profiled, unless told. */
const DURATION = 1000
/** Functions in a printed profile. */
const MOST_LINES = 25

/** Which threads are to be profiled, and how closely. */
export interface StartProfileOptions {
  /** milliseconds between two samples; 1 unless told */
  readonly interval?: number | undefined
  /** names or hosts of workers; all unless told */
  readonly workers?: readonly string[] | undefined
  /** also what the thread of the scheduler does; with `workers: []` only that */
  readonly scheduler?: boolean | undefined
}

export interface ProfileOptions extends StartProfileOptions {
  /** milliseconds; 1000 unless told */
  readonly duration?: number | undefined
  /** what is profiled for as long as it takes, in place of a duration */
  readonly during?: (() => unknown) | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * what workers have noted all the time, in place of anything new: the setting `worker.profile` has them do that. It goes back
   * to when each began
   */
  readonly past?: boolean | undefined
}

/** A function, and how long threads were found in it. Times in milliseconds. */
export interface ProfiledFunction {
  readonly name: string
  /** the path of its file, or its URL where it is no file; empty for what the engine does itself */
  readonly file: string
  /** counted from 1 */
  readonly line: number
  /** in the function itself */
  readonly self: number
  /** with all that it called */
  readonly total: number
}

/** What the threads of workers were found doing: one call tree over all of them. Printed, it is a table of functions. */
export class CallProfile {
  /** how many threads were profiled */
  readonly threads: number
  /** by name of the worker, what its threads did, in milliseconds */
  readonly workers: ReadonlyMap<string, number>
  readonly #tree = new CallTree()

  constructor(parts: readonly { readonly worker: string; readonly threads: number; readonly tree: FlatCallTree }[]) {
    this.threads = parts.reduce((sum, { threads }) => sum + threads, 0)
    this.workers = new Map(parts.map(({ worker, tree }) => [worker, tree.self.reduce((sum, ms) => sum + ms, 0)]))
    for (const { tree } of parts) this.#tree.add({ ...tree, frames: tree.frames.map(toSource) })
  }

  /** The calls, from the ones that began. */
  get root(): CallNode {
    return this.#tree.root
  }

  /** The functions that were found running, those with the most time of their own first. */
  functions(): ProfiledFunction[] {
    const found = new Map<string, { frame: CallFrame; self: number; total: number }>()
    const visit = ({ frame, self, total, children }: CallNode, open: ReadonlySet<string>): void => {
      const { name, url, line, column } = frame
      const key = `${url}:${line}:${column}:${name}`
      let sum = found.get(key)
      if (!sum) found.set(key, (sum = { frame, self: 0, total: 0 }))
      sum.self += self
      // A function that calls itself is in its own time already.
      if (!open.has(key)) sum.total += total
      const inside = new Set(open).add(key)
      for (const child of children) visit(child, inside)
    }
    for (const child of this.root.children) visit(child, new Set())
    return Array.from(found.values(), ({ frame: { name, url, line }, self, total }) => {
      const file = url.startsWith('file:') ? fileURLToPath(url) : url
      return { name: name === '' ? '(anonymous)' : name, file, line, self, total }
    }).sort((a, b) => b.self - a.self)
  }

  /** As the developer tools of Chrome and VS Code read it: write it to a file that ends in .cpuprofile. */
  toCpuProfile(): string {
    const nodes = this.#tree.nodes()
    const ids = new Map(nodes.map((node, i) => [node, i + 1]))
    const samples: number[] = []
    const timeDeltas: number[] = []
    for (const node of nodes) {
      if (node.self === 0) continue
      samples.push(ids.get(node)!)
      timeDeltas.push(Math.round(node.self * 1000))
    }
    return JSON.stringify({
      nodes: nodes.map((node) => {
        const { frame, hits, children } = node
        const callFrame = {
          functionName: frame.name,
          scriptId: '0',
          url: frame.url,
          lineNumber: frame.line - 1,
          columnNumber: frame.column - 1,
        }
        return { id: ids.get(node), callFrame, hitCount: hits, children: children.map((child) => ids.get(child)) }
      }),
      startTime: 0,
      endTime: timeDeltas.reduce((sum, delta) => sum + delta, 0),
      samples,
      // The time before a sample is that of the one before it.
      timeDeltas: [0, ...timeDeltas.slice(0, -1)],
    })
  }

  toString(): string {
    const { total } = this.root
    // What only passes on is of interest where it is the user's.
    const all = this.functions().filter(({ file, self }) => self > 0 || !isOurs(file))
    const lines = all.slice(0, MOST_LINES).map(({ name, file, line, self, total: whole }) => {
      const place = file === '' ? '' : `  ${file}:${line}`
      return `${share(self, total)}  ${share(whole, total)}  ${name}${place}`
    })
    if (all.length > MOST_LINES) lines.push(`… and ${all.length - MOST_LINES} more functions`)
    const busy = `${formatDuration(total)} of work on ${this.threads} threads of ${this.workers.size} workers`
    return [busy, ...(lines.length > 0 ? ['  self   total'] : []), ...lines].join('\n')
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/** A function where its author has written it. (Of Heddle's own, the file that is run tells nothing: it holds many modules.) */
function toSource(frame: CallFrame): CallFrame {
  const place = sourcePlace(frame.url, frame.line, frame.column)
  return place ? { ...frame, ...place } : frame
}

/** Where Heddle's own functions are: in what was built, and in what it was built of. */
const ownFolders = ['..', '../../../src/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/** Whether a function is Node's, the engine's or Heddle's. */
function isOurs(file: string): boolean {
  return file === '' || file.startsWith('node:') || ownFolders.some((folder) => file.startsWith(folder))
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)}%`.padStart(6)
}

/** See `Client.startProfile`. */
export async function startProfile(
  core: ClientCore,
  { interval = INTERVAL, workers, scheduler }: StartProfileOptions,
): Promise<() => Promise<CallProfile>> {
  if (!(typeof interval === 'number' && interval >= 0.05 && interval < 1e6)) {
    throw new ArgumentError(`profile: interval must be milliseconds, at least 0.05, not ${describe(interval)}`)
  }
  const id = await core.ask('startProfile', { interval: Math.round(interval * 1000), workers, scheduler })
  return async () => new CallProfile((await core.ask('stopProfile', id)) as ConstructorParameters<typeof CallProfile>[0])
}

/** See `Client.profile`. */
export async function profile(
  core: ClientCore,
  { duration = DURATION, during, signal, past, ...options }: ProfileOptions,
): Promise<CallProfile> {
  signal?.throwIfAborted()
  if (!(typeof duration === 'number' && duration >= 0 && duration < 2 ** 31)) {
    throw new ArgumentError(`profile: duration must be milliseconds, not ${describe(duration)}`)
  }
  if (past) {
    const { workers } = options
    return new CallProfile((await core.ask('pastProfile', { workers })) as ConstructorParameters<typeof CallProfile>[0])
  }
  const stop = await startProfile(core, options)
  try {
    if (during) await during()
    else await core.waitingFor(() => delay(duration, undefined, signal ? { signal } : {}))
  } catch (error) {
    await stop()
    throw error
  }
  return stop()
}
