import { GraphBuilder, config } from 'heddle'
import { systemClock } from '../../src/base/index.js'
import { EventLog } from '../../src/events/index.js'
import { chooseExecutor } from '../../src/executor/index.js'
import { type Graph, order } from '../../src/graph/index.js'
import { Scheduler } from '../../src/scheduler/index.js'
import { type Reply, serve } from '../contestant.js'

// Large graphs of trivial tasks, built task by task and run on two threads. It needs `node --expose-gc`.
config.set({ executor: 'threads', threads: 2 })

interface Built {
  readonly graph: Graph
  readonly wanted: Int32Array
}

const shapes: Record<string, (tasks: number) => Built> = { independent, tree, layers }

function independent(tasks: number): Built {
  const builder = new GraphBuilder()
  const layer = builder.layer({ name: 'increment', run: (_inputs, own: number) => own + 1 })
  for (let i = 0; i < tasks; i++) builder.task(layer, [], i)
  return { graph: builder.finish(), wanted: Int32Array.from({ length: tasks }, (_, i) => i) }
}

/** Half of the tasks are leaves, the others sums of two. */
function tree(tasks: number): Built {
  const builder = new GraphBuilder()
  const leaf = builder.layer({ name: 'leaf', run: (_inputs, own: number) => own + 1 })
  const sum = builder.layer({ name: 'sum', run: ([a, b]) => (a as number) + (b as number) })
  let level: number[] = []
  for (let i = 0; i < tasks >>> 1; i++) level.push(builder.task(leaf, [], i))
  while (level.length > 1) {
    const next: number[] = []
    for (let i = 0; i + 1 < level.length; i += 2) next.push(builder.task(sum, [level[i]!, level[i + 1]!]))
    if (level.length % 2 === 1) next.push(level.at(-1)!)
    level = next
  }
  return { graph: builder.finish(), wanted: Int32Array.from(level) }
}

/** A hundred layers; each task needs three neighbours of the layer before. */
function layers(tasks: number): Built {
  const builder = new GraphBuilder()
  const first = builder.layer({ name: 'first', run: (_inputs, own: number) => own + 1 })
  const mean = builder.layer({ name: 'mean', run: ([a, b, c]) => ((a as number) + (b as number) + (c as number)) / 3 })
  const width = tasks / 100
  let before: number[] = []
  for (let i = 0; i < width; i++) before.push(builder.task(first, [], i))
  for (let l = 1; l < 100; l++) {
    const next: number[] = []
    for (let i = 0; i < width; i++) {
      next.push(builder.task(mean, [before[(i + width - 1) % width]!, before[i]!, before[(i + 1) % width]!]))
    }
    before = next
  }
  return { graph: builder.finish(), wanted: Int32Array.from(before) }
}

/** Bytes that are in use when everything unreachable is gone. */
async function bytesInUse(): Promise<number> {
  // What typed arrays held is given back in the turn after the collection that finds them unreachable.
  for (let i = 0; i < 3; i++) {
    globalThis.gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Bytes a task of a graph, and of what a scheduler keeps of it from the moment that it is given the graph. */
async function memory(shape: string, tasks: number): Promise<Reply> {
  const scheduler = new Scheduler({ clock: systemClock, log: new EventLog(0) })
  const empty = await bytesInUse()
  const { graph, wanted } = shapes[shape]!(tasks)
  const built = await bytesInUse()
  scheduler.submit(graph, { wanted, ranks: order(graph, wanted) })
  const submitted = await bytesInUse()
  // It must live until here.
  if (scheduler.graphCount !== 1) throw new Error('the graph was not taken in')
  return { figures: { graph: (built - empty) / tasks, state: (submitted - built) / tasks } }
}

async function time(shape: string, tasks: number): Promise<Reply> {
  const started = performance.now()
  const { graph, wanted } = shapes[shape]!(tasks)
  const built = performance.now()
  // The executor finds the order once more; here it is to be known for itself.
  order(graph, wanted)
  const ordered = performance.now()
  const results = (await chooseExecutor().run(graph, wanted)) as number[]
  const ended = performance.now()
  return {
    figures: {
      total: ((built - started + (ended - ordered)) / tasks) * 1000,
      build: ((built - started) / tasks) * 1000,
      order: ((ordered - built) / tasks) * 1000,
      run: ((ended - ordered) / tasks) * 1000,
    },
    check: Math.round(results.reduce((sum, x) => sum + x, 0)),
  }
}

await serve('heddle', [], ({ measure, shape, tasks }) => {
  const of = measure === 'memory' ? memory : time
  return of(shape as string, tasks as number)
})
