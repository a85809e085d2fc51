import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { ArgumentError, asError } from '../../base/index.js'
import { type FlatCallTree, type HeddleEvent } from '../../events/index.js'
import type { Answers, FailureMessage } from '../../protocol/index.js'
import { decode } from '../../transfer/index.js'
import { printed } from './printed-answer.js'
import type { WorkerProfile } from '../worker/worker-profiler.js'
import type { WorkerFailure } from './client-link.js'
import type { HeldGraph } from './held-graph.js'
import type { ShuffleDescription } from '../../shuffle/index.js'
import type { ClusterState } from './state.js'

/** Tasks that are looked at before others have their turn. */
const SLICE = 20_000
/** Tasks of which the edges between groups are taken, evenly chosen. */
const MOST_LOOKED_AT = 200_000
/** Tasks that are shown one by one, at most. */
const MOST_TASKS = 5000
/** Inputs that are named of one task. */
const MOST_INPUTS = 50
/** Seconds that a profile may take. */
const LONGEST_PROFILE = 60

/** The tasks that there are, and what they need of each other. */
export interface GraphPicture {
  /** labels of the groups; edges between them, and how many of those tasks that were looked at have them */
  readonly groups: readonly string[]
  readonly groupEdges: readonly (readonly [from: number, to: number, count: number])[]
  /** one in so many tasks was looked at */
  readonly stride: number
  readonly total: number
  /** not there: they are too many to be shown one by one */
  readonly tasks?: {
    readonly graph: readonly number[]
    readonly task: readonly number[]
    readonly key: readonly string[]
    readonly group: readonly number[]
    readonly state: readonly string[]
    readonly edges: readonly (readonly [from: number, to: number])[]
  }
}

/** What is known of one task. */
export interface TaskPicture {
  readonly key: string
  readonly label: string
  readonly state: string
  readonly worker: string | undefined
  readonly inputs: readonly string[]
  readonly moreInputs: number
  /** of an error, as far as it can be read here */
  readonly error: { readonly message: string; readonly stack: string; readonly where: string } | undefined
  readonly story: readonly HeddleEvent[]
}

/** What threads were found doing. */
export interface ProfilePicture {
  readonly parts: readonly { readonly worker: string; readonly threads: number; readonly tree: FlatCallTree }[]
}

/** What a scheduler answers to those who look at it beside the feed: nothing in it is computed unless somebody asks. */
export function runQuestions(state: ClusterState): Answers {
  return {
    graph: () => graphPicture(state),
    task: ({ graph, task }: { graph: number; task: number }) => taskPicture(state, graph, task),
    profile: (wish: { seconds?: number; what?: 'workers' | 'scheduler'; interval?: number }) => profile(state, wish),
    shuffles: () => shuffles(state),
    jobs: () => jobs(state),
    printed: (asked: Parameters<typeof printed>[1]) => printed(state, asked),
    accounts: () => state.accounting.accounts(undefined, state.clock.now()),
  }
}

async function graphPicture(state: ClusterState): Promise<GraphPicture> {
  const held = [...state.graphs]
  // With those that stand for others, if it is too many to be looked at one by one.
  const total = held.reduce((sum, [, { graph }]) => sum + graph.size, 0)
  const stride = Math.max(1, Math.ceil(total / MOST_LOOKED_AT))
  const numbers = new Map<string, number>()
  const numberOf = (label: string): number => {
    let n = numbers.get(label)
    if (n === undefined) numbers.set(label, (n = numbers.size))
    return n
  }
  const edges = new Map<number, number>()
  const single = total <= MOST_TASKS
  const tasks = {
    graph: [] as number[],
    task: [] as number[],
    key: [] as string[],
    group: [] as number[],
    state: [] as string[],
    edges: [] as [number, number][],
  }
  /** by graph and place, the number of a task in the list */
  const listed = new Map<number, Int32Array>()
  let looked = 0
  for (const [number, one] of held) {
    const { graph } = one
    const groupOf = (place: number): number => numberOf(graph.layer(place).label)
    const own = new Int32Array(single ? graph.size : 0).fill(-1)
    listed.set(number, own)
    for (let place = 0; place < graph.size; place += stride) {
      if (++looked % SLICE === 0) {
        await turn()
        if (state.graphs.get(number) !== one || one.graph !== graph) break
      }
      // What stands for a task of another graph is that task.
      if (one.hasSources && isStandIn(state, number, one.nameOf(place))) continue
      const to = groupOf(place)
      if (single) own[place] = tasks.task.length
      for (const d of graph.dependenciesOf(place)) {
        const origin = one.hasSources ? originOf(state, number, one, d) : undefined
        const from = origin ? numberOf(origin.held.graph.layer(origin.place).label) : groupOf(d)
        const edge = from * 65536 + to
        edges.set(edge, (edges.get(edge) ?? 0) + 1)
        const needed = origin ? (listed.get(origin.graph)?.[origin.place] ?? -1) : (own[d] ?? -1)
        if (single && needed >= 0) tasks.edges.push([needed, tasks.task.length])
      }
      if (!single) continue
      tasks.graph.push(number)
      tasks.task.push(one.nameOf(place))
      tasks.key.push(graph.keyOf(place))
      tasks.group.push(to)
      tasks.state.push(state.machine.stateOf(number, one.nameOf(place)))
    }
  }
  return {
    groups: [...numbers.keys()],
    groupEdges: Array.from(edges, ([edge, count]) => [Math.floor(edge / 65536), edge % 65536, count * stride] as const),
    stride,
    total: single ? tasks.task.length : total,
    ...(single ? { tasks } : {}),
  }
}

function isStandIn(state: ClusterState, graph: number, task: number): boolean {
  return state.machine.addressOf(graph, task).graph !== graph
}

/** Where the task really is that a place stands for; undefined: there, or nobody knows any more. */
function originOf(
  state: ClusterState,
  graph: number,
  held: HeldGraph,
  place: number,
): { readonly graph: number; readonly held: HeldGraph; readonly place: number } | undefined {
  const at = state.machine.addressOf(graph, held.nameOf(place))
  const other = at.graph === graph ? undefined : state.graphs.get(at.graph)
  return other && state.machine.knows(at.graph, at.task)
    ? { graph: at.graph, held: other, place: other.placeOf(at.task) }
    : undefined
}

function taskPicture(state: ClusterState, graph: number, task: number): TaskPicture {
  const held = state.graphs.get(graph)
  const story = state.log.story(graph, task)
  const nothing = { key: `task ${task} of graph ${graph}`, label: '', worker: undefined, inputs: [], moreInputs: 0 }
  if (!held || !state.machine.knows(graph, task)) {
    const note = state.failures.of(graph, task)
    if (!note) return { ...nothing, state: 'forgotten', error: undefined, story }
    const { failure, ...known } = note
    return { ...known, worker: undefined, state: 'failed, and forgotten', error: readFailure(failure), story }
  }
  const place = held.placeOf(task)
  const inputs = [...held.graph.dependenciesOf(place)].map((d) => {
    const origin = originOf(state, graph, held, d)
    return origin ? origin.held.graph.keyOf(origin.place) : held.graph.keyOf(d)
  })
  const worker = state.machine.workerOf(graph, task)
  return {
    key: held.graph.keyOf(place),
    label: held.graph.layer(place).label,
    state: state.machine.stateOf(graph, task),
    worker: state.workers.get(worker)?.info.name,
    inputs: inputs.slice(0, MOST_INPUTS),
    moreInputs: Math.max(0, inputs.length - MOST_INPUTS),
    error: errorOf(state, graph, task),
    story,
  }
}

function errorOf(state: ClusterState, graph: number, task: number): TaskPicture['error'] {
  const error = state.machine.errorOf(graph, task) as WorkerFailure | Error | undefined
  if (error === undefined) return undefined
  return 'bytes' in error ? readFailure(error) : { message: error.message, stack: error.stack ?? '', where: 'the scheduler' }
}

function readFailure(error: WorkerFailure): TaskPicture['error'] {
  const failure = decode(error.bytes) as FailureMessage
  try {
    const { message, stack } = asError(decode(failure.error))
    return { message, stack: stack ?? '', where: failure.where }
  } catch (thrown) {
    // An error of a class whose module this process has not loaded, and should not.
    return { message: `it cannot be read here: ${asError(thrown).message}`, stack: '', where: failure.where }
  }
}

async function profile(
  state: ClusterState,
  { seconds = 1, what = 'workers', interval = 1000 }: { seconds?: number; what?: 'workers' | 'scheduler'; interval?: number },
): Promise<ProfilePicture> {
  if (!(seconds > 0 && seconds <= LONGEST_PROFILE))
    throw new ArgumentError(`a profile takes up to ${LONGEST_PROFILE} seconds, not ${seconds}`)
  if (what === 'scheduler') {
    const { profileHere } = await import('../worker/lane-profiler.js')
    const tree = await profileHere(interval, seconds * 1000)
    return { parts: [{ worker: 'scheduler', threads: 1, tree }] }
  }
  const links = [...state.workers.values()]
  const begun = await Promise.allSettled(links.map((link) => link.control.ask('startProfile', { interval })))
  const started = links.filter((_, i) => begun[i]!.status === 'fulfilled')
  const refused = begun.find((outcome) => outcome.status === 'rejected')
  if (started.length === 0 && refused) throw asError(refused.reason)
  await delay(seconds * 1000)
  const made = await Promise.allSettled(started.map((link) => link.control.ask('stopProfile')))
  return {
    parts: made.flatMap((outcome, i) =>
      outcome.status === 'fulfilled' ? [{ worker: started[i]!.info.name, ...(outcome.value as WorkerProfile) }] : [],
    ),
  }
}

/** What shuffles there are, and what each worker has of them. */
async function shuffles(state: ClusterState): Promise<{
  readonly shuffles: readonly ShuffleDescription[]
  readonly workers: readonly ({ readonly worker: string } & Record<string, unknown>)[]
}> {
  const described = state.shuffles.describe()
  if (described.length === 0) return { shuffles: [], workers: [] }
  const links = [...state.workers.values()]
  const uses = await Promise.allSettled(links.map((link) => link.control.ask('shuffle.use')))
  return {
    shuffles: described,
    workers: uses.flatMap((use, i) =>
      use.status === 'fulfilled' ? [{ worker: links[i]!.info.name, ...(use.value as Record<string, unknown>) }] : [],
    ),
  }
}

/** The jobs of a queue that the workers are, as rows for a table. */
function jobs(state: ClusterState): {
  readonly columns: readonly { readonly name: string; readonly unit?: string }[]
  readonly rows: readonly (readonly (string | number | null)[])[]
} {
  const time = (at: number | undefined): number | null => (at === undefined ? null : at / 1000)
  return {
    columns: [
      { name: 'job' },
      { name: 'cluster' },
      { name: 'pool' },
      { name: 'state' },
      { name: 'why' },
      { name: 'workers', unit: 'count' },
      { name: 'expected to start', unit: 'time' },
      { name: 'started', unit: 'time' },
      { name: 'ends', unit: 'time' },
    ],
    rows: Array.from(state.jobs.values()).flatMap((list) =>
      list.map(({ id, cluster, pool, state: phase, reason, workers, estimatedStart, started, ends }) => [
        id,
        cluster,
        pool ?? null,
        phase,
        reason ?? null,
        workers,
        time(estimatedStart),
        time(started),
        time(ends),
      ]),
    ),
  }
}
