import { AsyncLocalStorage } from 'node:async_hooks'
import { ArgumentError, describe } from '../base/index.js'
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
  return scope.run({ ...scope.getStore(), ...annotations }, fn)
}

/** What `annotate` says here. */
export function currentAnnotations(): Annotations | undefined {
  return scope.getStore()
}

function check({ priority, retries, resources, workers }: Annotations): void {
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
  if (workers !== undefined && !Array.isArray(workers)) {
    throw new ArgumentError(`annotate: workers must be an array of names or hosts, not ${describe(workers)}`)
  }
}
