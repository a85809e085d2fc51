import { InvariantError } from '../base/index.js'
import type { ReadyQueue } from './ready-queue.js'
import { ABANDONED, FETCHING, READY, type TaskTable, WAITING, slotStateNames } from './task-table.js'

/** A value that is on its way. */
export interface Fetch {
  readonly holder: number
  /** the slots and serials of the tasks that wait for it */
  readonly tasks: number[]
  /** the scheduler asked for it, and is to hear of it if it does not come */
  asked: boolean
}

/** Checks everything that must be true of what a worker knows. `fetches`: by slot of a value that is on its way. */
export function validate(table: TaskTable, queue: ReadyQueue, fetches: ReadonlyMap<number, Fetch>): void {
  let ready = 0
  let used = 0
  const awaited = new Map<number, number>()
  for (const { tasks } of fetches.values()) {
    for (let i = 0; i < tasks.length; i += 2) {
      const slot = tasks[i]!
      if (table.state[slot] !== WAITING || table.serial[slot] !== tasks[i + 1]) continue
      awaited.set(slot, (awaited.get(slot) ?? 0) + 1)
    }
  }
  for (const slot of table.slots()) {
    const what = `slot ${slot} (graph ${table.graph[slot]}, task ${table.task[slot]}, ${slotStateNames[table.state[slot]!]})`
    const found = table.find(table.graph[slot]!, table.task[slot]!)
    used++
    if (table.state[slot] === READY) {
      ready++
      if (!queue.isInPlace(slot)) throw new InvariantError(`${what} is not where it should be in the queue`)
    }
    if (table.state[slot] !== ABANDONED && found !== slot) throw new InvariantError(`${what} cannot be found`)
    if (table.state[slot] === ABANDONED && found === slot) throw new InvariantError(`${what} is abandoned but can be found`)
    if (table.state[slot] === WAITING && table.missing[slot] !== (awaited.get(slot) ?? 0)) {
      throw new InvariantError(`${what} misses ${table.missing[slot]} inputs, ${awaited.get(slot) ?? 0} are on their way`)
    }
    if (table.state[slot] === FETCHING && !fetches.has(slot)) throw new InvariantError(`${what} is not being fetched`)
  }
  if (ready !== queue.size) throw new InvariantError(`${ready} tasks are ready, ${queue.size} in the queue`)
  if (used !== table.size) throw new InvariantError(`${used} slots are in use, ${table.size} counted`)
  for (const slot of fetches.keys()) {
    if (table.state[slot] !== FETCHING)
      throw new InvariantError(`slot ${slot} is being fetched and is ${slotStateNames[table.state[slot]!]}`)
  }
}
