import { isDeepStrictEqual } from 'node:util'
import { Expression, type LowerContext, type Pass, rewrite } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import { identityOf } from './identity.js'
import { runPipeline } from './operations.js'
import type { Pipeline } from './pipeline.js'
import { sourceOf } from './reduction.js'
import type { Sink } from './sinks.js'
import type { Source } from './sources.js'
import type { Argument, Step } from './steps.js'

/** The longest label; a longer one keeps its two ends. */
const LONGEST_LABEL = 60

/**
 * Which values of an input a partition needs: the one with its number; the only one there is; or all of them. The
 * first inputs are those of the source.
 */
export type InputMode = 'each' | 'one' | 'all'

export interface Input {
  readonly expression: Expression
  readonly mode: InputMode
}

/** Where the items come from: the source, what each partition's task is given for it, and what makes it equal to others. */
export interface SourceSpec {
  readonly source: Source
  readonly label: string
  readonly inputs: readonly Input[]
  readonly partitions: number
  readonly owns?: readonly unknown[]
  /** what, beside `source`, makes it equal to another; undefined when nothing does */
  readonly token: string | undefined
}

/** Steps, done with every item of every partition: one task a partition. */
export class Partitionwise extends Expression {
  readonly label: string
  readonly size: number
  readonly source: SourceSpec
  readonly steps: readonly Step[]
  readonly sink: Sink
  readonly modes: readonly InputMode[]

  constructor(source: SourceSpec, steps: readonly Step[], sink: Sink, more: readonly Input[] = [], annotations?: Annotations) {
    const inputs = [...source.inputs, ...more]
    super(
      inputs.map((i) => i.expression),
      annotations,
    )
    this.source = source
    this.size = source.partitions
    this.steps = steps
    this.sink = sink
    this.modes = inputs.map((i) => i.mode)
    this.label = labelOf(source, steps, sink)
  }

  identity(context: LowerContext): string | undefined {
    const { source, token } = this.source
    if (token === undefined) return undefined
    return [
      identityOf(context, source),
      token,
      ...[...this.steps, this.sink].map((part) => identityOf(context, part)),
      this.modes.join(),
    ].join('\n')
  }

  lower(context: LowerContext, inputs: readonly ArrayLike<number>[]): number[] {
    const { source, label, owns } = this.source
    const { steps, sink, modes } = this
    const spans = modes.map((mode, k) => (mode === 'all' ? inputs[k]!.length : -1))
    const layer = context.layer({
      run: runPipeline,
      shared: { source, label: label || this.label, steps, sink, spans } satisfies Pipeline,
      source: onlyFunction(steps, sink),
      shuffle: sink.kind === 'scatter' ? 'transfer' : undefined,
    })
    const before = inputs.map((tasks, k) =>
      modes[k] === 'each' ? undefined : modes[k] === 'one' ? [tasks[0]!] : Array.from(tasks),
    )
    return Array.from({ length: this.size }, (_, i) =>
      layer.task(
        before.flatMap((tasks, k) => tasks ?? [inputs[k]![i]!]),
        owns?.[i],
      ),
    )
  }

  withInputs(inputs: readonly Expression[]): Partitionwise {
    const all = inputs.map((expression, k): Input => ({ expression, mode: this.modes[k]! }))
    const count = this.source.inputs.length
    return new Partitionwise(
      { ...this.source, inputs: all.slice(0, count) },
      this.steps,
      this.sink,
      all.slice(count),
      this.annotations,
    )
  }

  /** The inputs of steps, after those of the source. */
  get more(): readonly Input[] {
    return this.inputs
      .slice(this.source.inputs.length)
      .map((expression, n) => ({ expression, mode: this.modes[this.source.inputs.length + n]! }))
  }

  override describe(): string {
    return `${this.label}: ${this.size} partition${this.size === 1 ? '' : 's'}`
  }
}

/** The source that the partitions of another expression are. */
export function partitionsOf(expression: Expression): SourceSpec {
  const source = { kind: 'partition' } as const
  return { source, label: '', inputs: [{ expression, mode: 'each' }], partitions: expression.size, token: '' }
}

/** Chains of steps become one task: a step takes in what gives it items, if nothing else needs that. */
export const fuseSteps: Pass = {
  name: 'fuse',
  apply: (roots) =>
    rewrite(roots, (e, uses) => {
      if (!(e instanceof Partitionwise) || e.source.source.kind !== 'partition') return e
      const before = e.inputs[0]
      if (!(before instanceof Partitionwise) || before.sink.kind !== 'array' || uses(before) > 1) return e
      if (!isDeepStrictEqual(before.annotations ?? {}, e.annotations ?? {})) return e
      // The inputs of `e`, but for the first, come after those of `before`.
      const shift = before.inputs.length - 1
      const steps = [...before.steps, ...e.steps.map((step) => shifted(step, shift))]
      return new Partitionwise(before.source, steps, e.sink, [...before.more, ...e.more], e.annotations)
    }),
}

export const bagPasses: readonly Pass[] = [fuseSteps]

function shifted(step: Step, by: number): Step {
  const shift = (arg: Argument): Argument => ('input' in arg ? { ...arg, input: arg.input + by } : arg)
  if (step.kind === 'with' || step.kind === 'mapPartitions') return { ...step, args: step.args.map(shift) }
  return step.kind === 'lookup' ? { ...step, other: shift(step.other) } : step
}

function labelOf(source: SourceSpec, steps: readonly Step[], sink: Sink): string {
  const labels = [source.label, ...steps.map((step) => step.label), sinkLabel(sink)].filter((label) => label !== '')
  const label = [...new Set(labels)].join('-') || 'partitions'
  if (label.length <= LONGEST_LABEL) return label
  const half = (LONGEST_LABEL - 1) >> 1
  return `${label.slice(0, half)}…${label.slice(-half)}`
}

function sinkLabel(sink: Sink): string {
  switch (sink.kind) {
    case 'array':
      return ''
    case 'take':
      return 'take'
    case 'reduce':
      return sink.reduction.label
    case 'scatter':
      return sink.label
    case 'text':
      return 'toTextFiles'
    case 'avro':
      return 'toAvro'
  }
}

/** The function of the user, where there is only one: it is to blame for whatever goes wrong. */
function onlyFunction(steps: readonly Step[], sink: Sink): Function | undefined {
  const functions = steps.flatMap((step) => ('fn' in step && step.fn ? [step.fn] : []))
  if (sink.kind === 'scatter') functions.push(sink.key, ...(sink.partitioner ? [sink.partitioner] : []))
  const reducing = sink.kind === 'reduce' ? sourceOf(sink.reduction) : undefined
  if (reducing) functions.push(reducing)
  return functions.length === 1 ? functions[0] : undefined
}
