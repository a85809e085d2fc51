import type { TaskContext } from '../graph/index.js'
import { Run, blame, pushAll } from './run.js'
import { type Sink, sinkOf } from './sinks.js'
import { type Source, open } from './sources.js'
import { type Stage, type Step, stageOf } from './steps.js'

/** What one task does with one partition, as plain data: where the items come from, what is done with each, what becomes of them. */
export interface Pipeline {
  readonly source: Source
  /** of the source, for messages */
  readonly label: string
  readonly steps: readonly Step[]
  readonly sink: Sink
  /** for each input how many of the task's inputs it is: -1 is one, n is a list of n */
  readonly spans: readonly number[]
}

/** Does what a pipeline says with one partition: pushes items from the source through the steps, without arrays in between. */
export function run(
  inputs: readonly unknown[],
  own: unknown,
  { source, label, steps, sink, spans }: Pipeline,
  context: TaskContext,
): unknown {
  const values = gather(inputs, spans)
  const run = new Run(context)
  let stage: Stage = sinkOf(sink, run, context)
  for (let i = steps.length - 1; i >= 0; i--) stage = stageOf(steps[i]!, stage, run, values)
  const { push, end } = stage
  const failed = (thrown: unknown): never => {
    throw blame(thrown, label, undefined)
  }
  let pushed: Promise<void> | undefined
  try {
    const items = open(source, values, own, run, context)
    pushed = Symbol.asyncIterator in items ? pushBatches(items, push, run) : pushAll(items, push, run)
  } catch (thrown) {
    failed(thrown)
  }
  return pushed ? pushed.then(end, failed) : end()
}

function gather(inputs: readonly unknown[], spans: readonly number[]): readonly unknown[] {
  let at = 0
  return spans.map((span) => (span < 0 ? inputs[at++] : inputs.slice(at, (at += span))))
}

async function pushBatches(batches: AsyncIterable<readonly unknown[]>, push: (item: unknown) => void, run: Run): Promise<void> {
  for await (const items of batches) {
    const wait = pushAll(items, push, run)
    if (wait) await wait
    if (run.stopped) return
  }
}
