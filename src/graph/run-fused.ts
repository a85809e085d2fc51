import { asError, failedPart, rememberFailedStep } from '../base/index.js'
import { operation } from '../transfer/index.js'
import type { Layer, TaskContext, TaskFunction } from './graph.js'

/** What one of several tasks was before they became one. */
export interface FusedStep {
  readonly run: TaskFunction<unknown, unknown>
  readonly shared: unknown
  readonly label: string
  /** has a parameter of its own */
  readonly owns: boolean
}

/** What the tasks of a fused layer share. */
export interface FusedShared {
  readonly steps: readonly FusedStep[]
  /** every step had the index that the fused task has; else the indices of the steps follow in `own` */
  readonly aligned: boolean
}

/** The user's functions, which need not travel with the steps. */
const sources = new WeakMap<FusedShared, readonly (Function | undefined)[]>()

/** The steps that a task of the layer consists of: one, unless it was fused. */
export function stepsOf(layer: Layer): readonly { readonly label: string; readonly source: Function | undefined }[] {
  if (layer.run !== (runFused as TaskFunction)) return [layer]
  const shared = layer.shared as FusedShared
  const functions = sources.get(shared)
  return shared.steps.map(({ label }, i) => ({ label, source: functions?.[i] }))
}

/** The task functions that a task of the layer calls. */
export function runsOf({ run, shared }: Layer): readonly TaskFunction[] {
  if (run === undefined) return []
  return run === (runFused as TaskFunction) ? (shared as FusedShared).steps.map((step) => step.run as TaskFunction) : [run]
}

/** Remembers the functions of the steps, for `stepsOf` and `failedStep`. */
export function rememberSources(shared: FusedShared, functions: readonly (Function | undefined)[]): void {
  sources.set(shared, functions)
}

/**
 * Runs the steps of a fused task, each with the result of the one before as its only input.
 *
 * @param own the own parameters of those steps that have one, then, unless aligned, the index of each step; where
 * that would be a list of one, the one itself
 */
export const runFused = operation(
  import.meta.url,
  'runFused',
  (inputs: readonly unknown[], own: unknown, shared: FusedShared, context: TaskContext): unknown =>
    runFrom(0, 0, inputs, ownsOf(own, shared), shared, context),
)

/** `own` of a fused task as a list. */
export function ownsOf(own: unknown, { steps, aligned }: FusedShared): readonly unknown[] {
  if (!aligned) return own as unknown[]
  let owners = 0
  for (const step of steps) if (step.owns) owners++
  return owners === 1 ? [own] : ((own as unknown[] | undefined) ?? [])
}

/** Runs the steps from `first` on. `slot`: where in `owns` their parameters begin. */
function runFrom(
  first: number,
  slot: number,
  inputs: readonly unknown[],
  owns: readonly unknown[],
  shared: FusedShared,
  context: TaskContext,
): unknown {
  const { steps, aligned } = shared
  let values = inputs
  for (let i = first; ; i++) {
    const step = steps[i]!
    let value: unknown
    try {
      const own = step.owns ? owns[slot++] : undefined
      const index = aligned ? context.index : (owns[owns.length - steps.length + i] as number)
      const last = i === steps.length - 1
      const stepContext = aligned && (last || !context.encodes) ? context : withIndex(context, index, last)
      value = step.run(values, own as never, step.shared as never, stepContext)
    } catch (thrown) {
      throw failedAt(i, thrown, shared)
    }
    if (isThenable(value)) return resume(i, slot, value, owns, shared, context)
    if (i === steps.length - 1) return value
    values = [value]
  }
}

async function resume(
  i: number,
  slot: number,
  promise: PromiseLike<unknown>,
  owns: readonly unknown[],
  shared: FusedShared,
  context: TaskContext,
): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (thrown) {
    throw failedAt(i, thrown, shared)
  }
  return i === shared.steps.length - 1 ? value : runFrom(i + 1, slot, [value], owns, shared, context)
}

function failedAt(number: number, thrown: unknown, shared: FusedShared): Error {
  const error = asError(thrown)
  // A step that has parts may have said already which of them failed.
  const { label, source } = failedPart(error) ?? {
    label: shared.steps[number]!.label,
    source: sources.get(shared)?.[number],
  }
  rememberFailedStep(error, { number, label, source })
  return error
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function withIndex(context: TaskContext, index: number, last: boolean): TaskContext {
  return {
    get key() {
      return context.key
    },
    index,
    scratch: () => context.scratch(),
    ...(last && context.encodes ? { encodes: true } : {}),
    ...(context.ask ? { ask: (name, args, transfer) => context.ask!(name, args, transfer) } : {}),
    ...(context.occupy ? { occupy: () => context.occupy!() } : {}),
  }
}
