import { AsyncLocalStorage } from 'node:async_hooks'
import { ArgumentError, describe, runningTask } from '../base/index.js'
import type { Annotations } from '../graph/index.js'

const scope = new AsyncLocalStorage<Annotations>()

/**
 * Everything lazy that `fn` makes carries these annotations: priority, retries, resources, the workers it may run on.
 * Inner annotations go over outer ones.
 *
 * @example
 * const rows = annotate({ retries: 3 }, () => urls.map(download))
 */
export function annotate<R>(annotations: Annotations, fn: () => R): R {
  check(annotations)
  return scope.run({ ...currentAnnotations(), ...annotations }, fn)
}

/**
 * Everything that `fn` makes lazily, computes or submits belongs to a span of that name, which shows in events, stories and
 * reports. Spans nest; what a task submits belongs to the spans of the task.
 *
 * @example
 * const table = await span('load', () => readJson('*.json').compute())
 */
export function span<R>(name: string, fn: () => R): R {
  if (typeof name !== 'string' || name === '') throw new ArgumentError(`span: a name is needed, not ${describe(name)}`)
  return annotate({ span: [...(currentSpan() ?? []), name] }, fn)
}

/** The spans that what is made here belongs to, the outermost first. */
export function currentSpan(): readonly string[] | undefined {
  return currentAnnotations()?.span
}

/** By annotations of a task, those that what it submits inherits. */
const inherited = new WeakMap<object, Annotations>()

/** What `annotate` and `span` say here. */
export function currentAnnotations(): Annotations | undefined {
  const said = scope.getStore()
  const outer = runningTask()?.annotations as Annotations | undefined
  if (said?.span || !outer?.span) return said
  if (said) return { ...said, span: outer.span }
  let own = inherited.get(outer)
  if (!own) inherited.set(outer, (own = { span: outer.span }))
  return own
}

function check({ priority, retries, resources, pool, workers, span: spans }: Annotations): void {
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    throw new ArgumentError(`annotate: priority must be an integer, not ${describe(priority)}`)
  }
  if (retries !== undefined && !(Number.isSafeInteger(retries) && retries >= 0)) {
    throw new ArgumentError(`annotate: retries must be 0 or a positive integer, not ${describe(retries)}`)
  }
  for (const [name, amount] of Object.entries(resources ?? {})) {
    if (!(amount > 0))
      throw new ArgumentError(`annotate: of the resource ${name} a positive amount is needed, not ${describe(amount)}`)
  }
  if (pool !== undefined && (typeof pool !== 'string' || pool === '')) {
    throw new ArgumentError(`annotate: pool must be the name of one, not ${describe(pool)}`)
  }
  if (workers !== undefined && !Array.isArray(workers)) {
    throw new ArgumentError(`annotate: workers must be an array of names or hosts, not ${describe(workers)}`)
  }
  if (spans !== undefined && !(Array.isArray(spans) && spans.every((name) => typeof name === 'string'))) {
    throw new ArgumentError(`annotate: span must be an array of names, not ${describe(spans)}: use span(name, fn)`)
  }
}
