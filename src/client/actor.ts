import { construct } from '../actors/index.js'
import { ArgumentError, describe } from '../base/index.js'
import { contextCall } from '../delayed/index.js'
import { annotate, currentAnnotations } from '../expr/index.js'
import type { Annotations } from '../graph/index.js'
import type { ClientCore } from './core.js'
import type { Future } from './future.js'

/** Has an actor made on a worker. */
export function makeActor(
  core: ClientCore,
  type: new (...args: never[]) => object,
  args: readonly unknown[],
  label: string | undefined,
  annotations: Annotations,
): Future<unknown> {
  if (typeof type !== 'function' || type.prototype === undefined) {
    throw new ArgumentError(`actor: a class is needed, not ${describe(type)}`)
  }
  const name = label ?? (type.name || 'actor')
  const asActor = annotate({ ...annotations, actor: true }, currentAnnotations)!
  // Not inside of `annotate`: what its arguments are computed by is no actor.
  return core.submit(contextCall(construct, name, [type, ...args], asActor))
}
