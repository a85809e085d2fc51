import { InvariantError } from '../base/index.js'
import type { Fetches } from './fetches.js'
import type { ReadyQueue } from './ready-queue.js'
import { ABANDONED, FETCHING, MISSING, READY, ROW, type TaskTable, WAITING, slotStateNames } from './task-table.js'

/** Checks everything that must be true of what a worker knows. */
export function validate(table: TaskTable, queue: ReadyQueue, fetches: Fetches): void {
  let ready = 0
  let used = 0
  const awaited = new Map<number, number>()
  let fetching = 0
  for (const value of table.slots()) {
    if (table.state(value) !== FETCHING) continue
    fetching++
    for (let i = fetches.first(value); i >= 0; i = fetches.next(i)) {
      const slot = fetches.taskOf(i)
      if (table.state(slot) !== WAITING || table.serial(slot) !== fetches.serialOf(i)) continue
      awaited.set(slot, (awaited.get(slot) ?? 0) + 1)
    }
  }
  if (fetching !== fetches.size) throw new InvariantError(`${fetching} values are on their way, ${fetches.size} counted`)
  for (const slot of table.slots()) {
    const what = `slot ${slot} (graph ${table.graph(slot)}, task ${table.task(slot)}, ${slotStateNames[table.state(slot)]})`
    const found = table.find(table.graph(slot), table.task(slot))
    used++
    if (table.state(slot) === READY) {
      ready++
      if (!queue.isInPlace(slot)) throw new InvariantError(`${what} is not where it should be in the queue`)
    }
    if (table.state(slot) !== ABANDONED && found !== slot) throw new InvariantError(`${what} cannot be found`)
    if (table.state(slot) === ABANDONED && found === slot) throw new InvariantError(`${what} is abandoned but can be found`)
    if (table.state(slot) === WAITING && table.words[slot * ROW + MISSING] !== (awaited.get(slot) ?? 0)) {
      throw new InvariantError(
        `${what} misses ${table.words[slot * ROW + MISSING]} inputs, ${awaited.get(slot) ?? 0} are on their way`,
      )
    }
  }
  if (ready !== queue.size) throw new InvariantError(`${ready} tasks are ready, ${queue.size} in the queue`)
  if (used !== table.size) throw new InvariantError(`${used} slots are in use, ${table.size} counted`)
}
