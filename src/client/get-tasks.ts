import { ArgumentError, nearest } from '../base/index.js'
import { cull, graphFromTasks } from '../graph/index.js'
import type { ClientCore } from './core.js'

/** The values of some tasks of a graph that was written by hand. */
export async function getTasks(
  core: ClientCore,
  tasks: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
): Promise<unknown[]> {
  const { graph, keys } = graphFromTasks(tasks)
  const numbers = wanted.map((key) => {
    const number = keys.get(key)
    if (number !== undefined) return number
    const near = nearest(key, keys.keys())
    throw new ArgumentError(
      `get: there is no task ${JSON.stringify(key)}${near ? `; did you mean ${JSON.stringify(near)}?` : ''}`,
    )
  })
  const needed = cull(graph, Int32Array.from(numbers))
  return core.compute(needed.graph, needed.wanted, undefined)
}
