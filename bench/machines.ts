import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { IntList } from '../src/base/index.js'
import { EventLog } from '../src/events/index.js'
import { type Graph, GraphBuilder, order } from '../src/graph/index.js'
import { Instruction, Scheduler, instructionLength } from '../src/scheduler/index.js'
import { Report, Worker, reportLength } from '../src/worker/index.js'

/*
 * The machines alone: one scheduler and its workers in one loop, without threads, functions or values. What is measured
 * is what the scheduling of a task costs, from submission to the release of its result.
 *
 *   npm run bench -- machines                  what it comes to (machine-costs.ts)
 *   node dist/bench/machines.js [--quick]      every row
 */

export interface Row {
  readonly graph: Shape
  readonly tasks: number
  readonly workers: number
  /** of submission and run, all machines together */
  readonly microsecondsPerTask: number
  /** of these, those of the scheduler: in a cluster the workers are elsewhere */
  readonly schedulerMicrosecondsPerTask: number
  /** of building the graph and ordering it, before */
  readonly graphMicrosecondsPerTask: number
  /** of the scheduler and the workers, at the most */
  readonly bytesPerTask: number
  /** of the graph itself */
  readonly graphBytesPerTask: number
}

const one = (): number => 1

/** `size` tasks without dependencies. */
export function independent(size: number): Graph {
  const builder = new GraphBuilder()
  const layer = builder.layer({ name: 'independent', run: one })
  for (let t = 0; t < size; t++) builder.task(layer, [])
  return builder.finish()
}

/** A binary reduction. */
export function tree(size: number): Graph {
  const builder = new GraphBuilder()
  const leaf = builder.layer({ name: 'leaf', run: one })
  const sum = builder.layer({ name: 'sum', run: one })
  let level: number[] = []
  for (let t = 0; t < size / 2; t++) level.push(builder.task(leaf, []))
  while (level.length > 1) {
    const above: number[] = []
    for (let i = 0; i < level.length; i += 2) above.push(builder.task(sum, level.slice(i, i + 2)))
    level = above
  }
  return builder.finish()
}

/** Layers of 1,000 tasks, each of which needs three neighbours of the layer before. */
export function layered(size: number): Graph {
  const builder = new GraphBuilder()
  const first = builder.layer({ name: 'first', run: one })
  const next = builder.layer({ name: 'next', run: one })
  const width = 1000
  for (let t = 0; t < width; t++) builder.task(first, [])
  for (let t = width; t < size; t++) {
    const below = t - width - (t % width)
    builder.task(next, [below + (t % width), below + ((t + 1) % width), below + ((t + 2) % width)])
  }
  return builder.finish()
}

/** As many splits as there are joins: every join needs one piece of every split, and pieces are tasks of their own. */
export function shuffle(size: number): Graph {
  const builder = new GraphBuilder()
  const load = builder.layer({ name: 'load', run: one })
  const piece = builder.layer({ name: 'piece', run: one })
  const join = builder.layer({ name: 'join', run: one })
  const k = Math.floor(Math.sqrt(size))
  for (let i = 0; i < k; i++) builder.task(load, [])
  for (let i = 0; i < k * k; i++) builder.task(piece, [Math.floor(i / k)])
  for (let j = 0; j < k; j++)
    builder.task(
      join,
      Array.from({ length: k }, (_, i) => k + i * k + j),
    )
  return builder.finish()
}

const graphs = { independent, tree, layered, shuffle }
type Shape = keyof typeof graphs
const shapes = Object.keys(graphs) as Shape[]

function sinksOf(graph: Graph): Int32Array {
  const { start } = graph.dependents
  const sinks: number[] = []
  for (let t = 0; t < graph.size; t++) if (start[t] === start[t + 1]) sinks.push(t)
  return Int32Array.from(sinks)
}

let collect: (() => void) | undefined

/** Bytes in use, after a collection. */
function bytesInUse(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The machines and the loop around them. */
class Loop {
  readonly scheduler: Scheduler
  readonly workers: Worker[] = []
  /** milliseconds in calls of the scheduler */
  schedulerTime = 0
  /** called when so many tasks have come to their end */
  onHalf: (() => void) | undefined
  half = -1
  #done = 0
  #graph = -1
  /** workers that were told something in this turn; the scheduler reads their reports in the next */
  readonly #touched: number[] = []
  readonly #isTouched: Uint8Array

  constructor(workers: number) {
    const start = performance.now()
    this.scheduler = new Scheduler({ clock: { now: () => (performance.now() - start) / 1000 }, log: new EventLog() })
    for (let i = 0; i < workers; i++) {
      this.scheduler.addWorker({ name: `w${i}`, host: `h${i}`, threads: 1 })
      this.workers.push(new Worker())
    }
    this.#isTouched = new Uint8Array(workers)
  }

  submit(graph: Graph, wanted: Int32Array, ranks: Int32Array): void {
    const start = performance.now()
    this.#graph = this.scheduler.submit(graph, { wanted, ranks })
    this.schedulerTime += performance.now() - start
  }

  /** Runs until nobody has anything to say. The client releases every result as soon as it hears of it. */
  run(): void {
    const { scheduler } = this
    const released = new IntList(1024)
    for (;;) {
      const start = performance.now()
      this.#takeReports()
      if (released.length > 0) scheduler.release(this.#graph, released.items.subarray(0, released.length))
      released.clear()
      scheduler.flush()
      this.schedulerTime += performance.now() - start
      if (scheduler.instructions.length === 0) return
      this.#carryInstructions(released)
      for (const w of this.#touched) this.#work(this.workers[w]!)
    }
  }

  #carryInstructions(released: IntList): void {
    const { instructions } = this.scheduler
    const words = instructions.items
    const end = instructions.length
    for (let at = 0; at < end; at += instructionLength(words, at)) {
      const w = words[at + 1]!
      switch (words[at]) {
        case Instruction.compute:
          this.workers[w]!.compute(
            words[at + 2]!,
            words[at + 3]!,
            words[at + 4]!,
            words[at + 5]!,
            words[at + 6]!,
            words,
            at + 8,
            words[at + 7]!,
          )
          break
        case Instruction.free:
          this.workers[w]!.free(words[at + 2]!, words[at + 3]!, words[at + 4]!)
          break
        case Instruction.steal:
          this.workers[w]!.steal(words[at + 2]!, words[at + 3]!, words[at + 4]!)
          break
        case Instruction.inMemory:
          released.push(words[at + 3]!)
          continue
        case Instruction.forgotten:
          continue
        default:
          throw new Error(`instruction ${words[at]}`)
      }
      if (this.#isTouched[w] === 1) continue
      this.#isTouched[w] = 1
      this.#touched.push(w)
    }
    instructions.rewind()
  }

  /** A worker runs what it can, and gets what it asks for. */
  #work(worker: Worker): void {
    const { reports } = worker
    for (let read = 0; ; ) {
      for (let slot = worker.next(); slot >= 0; slot = worker.next()) worker.executed(slot, 8, 1e-6)
      const end = reports.length
      if (read === end) return
      while (read < end) {
        const words = reports.items
        const at = read
        read += reportLength(words[at]!)
        if (words[at] === Report.fetch) worker.fetched(words[at + 2]!, words[at + 3]!, words[at + 4]!)
      }
    }
  }

  #takeReports(): void {
    for (const w of this.#touched) {
      this.#isTouched[w] = 0
      this.#takeReportsOf(w)
    }
    this.#touched.length = 0
  }

  #takeReportsOf(w: number): void {
    const { scheduler } = this
    const { reports } = this.workers[w]!
    const words = reports.items
    const end = reports.length
    for (let at = 0, length = 0; at < end; at += length) {
      length = reportLength(words[at]!)
      switch (words[at]) {
        case Report.finished:
          scheduler.finished(w, words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!, words[at + 5]!)
          if (++this.#done === this.half) this.onHalf?.()
          break
        case Report.hasReplica:
          scheduler.hasReplica(w, words[at + 1]!, words[at + 2]!, words[at + 3]!)
          break
        case Report.stolen:
          scheduler.stolen(w, words[at + 1]!, words[at + 2]!, words[at + 3]!)
          break
        case Report.kept:
          scheduler.kept(w, words[at + 1]!, words[at + 2]!, words[at + 3]!)
          break
        case Report.fetch:
        case Report.drop:
          break // for whoever runs the worker: see #work
        default:
          throw new Error(`report ${words[at]}`)
      }
    }
    reports.clear()
  }
}

let alive: Loop | undefined

/**
 * Keeps machines alive, as every process that uses them does. Without any, each forced collection would take the shapes
 * of their objects with it, and leave compiled code behind that is half as fast.
 */
function keepAlive(): void {
  alive ??= new Loop(1)
}

/** What is measured: so many tasks on so many workers, so often in each round. */
export interface Setting {
  readonly tasks: number
  readonly workers: number
  readonly repeats: number
}

/** A graph that is ready to be run. */
interface Subject {
  readonly graph: Graph
  readonly wanted: Int32Array
  readonly ranks: Int32Array
  readonly bytes: number
  /** milliseconds */
  readonly buildTime: number
}

function prepare(shape: Shape, tasks: number): Subject {
  const before = bytesInUse()
  const building = performance.now()
  const graph = graphs[shape](tasks)
  const wanted = sinksOf(graph)
  const ranks = order(graph, wanted)
  return { graph, wanted, ranks, buildTime: performance.now() - building, bytes: bytesInUse() - before }
}

export function measure(shape: Shape, tasks: number, workers: number, repeats: number): Row {
  return compare(shape, [{ tasks, workers, repeats }], 1)[0]!
}

/**
 * Measures several settings, in turn: what one is of another is to be said, and the machine has other things to do, so that
 * it is faster at one time than at another. Times are the least of all rounds and repeats.
 */
export function compare(shape: Shape, settings: readonly Setting[], rounds: number): Row[] {
  keepAlive()
  const subjects = new Map<number, Subject>()
  for (const { tasks } of settings) if (!subjects.has(tasks)) subjects.set(tasks, prepare(shape, tasks))
  const times = settings.map(() => ({ all: Infinity, scheduler: Infinity }))
  for (let round = 0; round < rounds; round++) {
    settings.forEach(({ tasks, workers, repeats }, s) => {
      const { graph, wanted, ranks } = subjects.get(tasks)!
      for (let i = 0; i < repeats; i++) {
        const loop = new Loop(workers)
        const start = performance.now()
        loop.submit(graph, wanted, ranks)
        loop.run()
        times[s]!.all = Math.min(times[s]!.all, performance.now() - start)
        times[s]!.scheduler = Math.min(times[s]!.scheduler, loop.schedulerTime)
        if (loop.scheduler.graphCount > 0) throw new Error('the graph did not come to its end')
      }
    })
  }
  return settings.map(({ tasks, workers }, s) => {
    const { graph, wanted, ranks, bytes, buildTime } = subjects.get(tasks)!
    const { size } = graph
    return {
      graph: shape,
      tasks: size,
      workers,
      microsecondsPerTask: (times[s]!.all / size) * 1000,
      schedulerMicrosecondsPerTask: (times[s]!.scheduler / size) * 1000,
      graphMicrosecondsPerTask: (buildTime / size) * 1000,
      bytesPerTask: mostBytes(graph, wanted, ranks, workers) / size,
      graphBytesPerTask: bytes / size,
    }
  })
}

/** The bytes that the machines take for a graph, after it was submitted or when half of it is done. */
function mostBytes(graph: Graph, wanted: Int32Array, ranks: Int32Array, workers: number): number {
  const loop = new Loop(workers)
  const idle = bytesInUse()
  let most = 0
  const look = (): void => {
    most = Math.max(most, bytesInUse() - idle)
  }
  loop.half = Math.floor(graph.size / 2)
  loop.onHalf = look
  loop.submit(graph, wanted, ranks)
  look()
  loop.run()
  return most
}

/** Measures everything. `quick`: less of it, to see that it works. */
export function run({ quick, say }: { readonly quick: boolean; say(line: string): void }): Row[] {
  const rows: Row[] = []
  const add = (shape: Shape, tasks: number, workers: number, repeats: number): void => {
    rows.push(measure(shape, tasks, workers, repeats))
    say(line(rows.at(-1)!))
  }
  say(heading)
  for (const shape of shapes) {
    measure(shape, 20_000, 16, 5) // warms the code up
    for (const workers of quick ? [16] : [1, 16, 10_000]) {
      add(shape, 100_000, workers, quick ? 3 : 20)
      if (!quick || shape === 'independent') add(shape, 1_000_000, workers, quick ? 1 : 3)
    }
  }
  if (!quick) add('independent', 10_000_000, 16, 1)
  return rows
}

const heading = 'graph          tasks  workers   µs/task  scheduler  build+order  B/task  graph B'

function line(row: Row): string {
  const cells = [
    row.graph.padEnd(12),
    String(row.tasks).padStart(8),
    String(row.workers).padStart(8),
    row.microsecondsPerTask.toFixed(3).padStart(9),
    row.schedulerMicrosecondsPerTask.toFixed(3).padStart(10),
    row.graphMicrosecondsPerTask.toFixed(3).padStart(12),
    row.bytesPerTask.toFixed(0).padStart(7),
    row.graphBytesPerTask.toFixed(0).padStart(8),
  ]
  return cells.join(' ')
}

/** What the rows come to: how cost grows with tasks and with workers. */
export function summary(rows: readonly Row[]): string[] {
  const find = (shape: Shape, tasks: number, workers: number): Row | undefined =>
    rows.find((r) => r.graph === shape && r.workers === workers && r.tasks >= tasks * 0.9 && r.tasks < tasks * 5)
  const lines: string[] = []
  for (const shape of shapes) {
    const small = find(shape, 1e5, 16)
    const large = find(shape, 1e6, 16)
    const many = find(shape, 1e6, 10_000)
    if (small && large) {
      const [run, all] = [small, large].map((r) => [
        r.microsecondsPerTask,
        r.microsecondsPerTask + r.graphMicrosecondsPerTask,
      ]) as [number[], number[]]
      lines.push(
        `${shape}: a task of 1M costs ${times(all[0]!, run[0]!)} what one of 100k does, ${times(all[1]!, run[1]!)} with building and ordering`,
      )
    }
    if (large && many) {
      const scheduler = times(many.schedulerMicrosecondsPerTask, large.schedulerMicrosecondsPerTask)
      const all = times(many.microsecondsPerTask, large.microsecondsPerTask)
      lines.push(
        `${shape}: a task costs the scheduler ${scheduler} with 10,000 workers what it does with 16; all machines ${all}`,
      )
    }
  }
  const largest = find('independent', 1e7, 16)
  if (largest)
    lines.push(
      `10M tasks: ${(((largest.bytesPerTask + largest.graphBytesPerTask) * largest.tasks) / 1e9).toFixed(2)} GB with their graph`,
    )
  return lines
}

function times(a: number, b: number): string {
  return `${(a / b).toFixed(2)}×`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const say = (text: string): void => console.log(text)
  for (const text of summary(run({ quick: process.argv.includes('--quick'), say }))) say(text)
}
