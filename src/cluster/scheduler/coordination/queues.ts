import { ArgumentError } from '../../../base/index.js'
import type { Leave, Party } from './party.js'

interface Getter<T> {
  readonly party: Party
  readonly most: number
  take(items: T[]): void
}

interface Putter<T> {
  readonly items: readonly T[]
  taken(): void
}

interface Queue<T> {
  /** undefined: nobody has said */
  maximum: number | undefined
  items: T[]
  /** index of the first item in `items`; those before it were taken */
  head: number
  readonly getters: Set<Getter<T>>
  readonly putters: Set<Putter<T>>
  /** who has used it: as long as one of them is there, its maximum is kept */
  readonly users: Set<Party>
}

/** Who uses a queue, and how much it says that the queue holds at most. */
export interface QueueUse {
  readonly name: string
  readonly party: Party
  readonly maximum: number | undefined
}

/** Items that were taken before what follows moves up. */
const SLACK = 1024

/**
 * Queues: first in, first out; who gets first is served first, and so is who puts first. A batch goes in as a whole, when
 * there is room for all of it.
 */
export class Queues<T> {
  readonly #queues = new Map<string, Queue<T>>()

  /** What is empty and used by nobody takes no room. */
  get size(): number {
    return this.#queues.size
  }

  length(name: string): number {
    const queue = this.#queues.get(name)
    return queue ? lengthOf(queue) : 0
  }

  /** Calls back when the items are in the queue, perhaps at once. */
  put(use: QueueUse, items: readonly T[], taken: () => void): Leave {
    const queue = this.#use(use)
    const { maximum = Infinity } = queue
    if (items.length > maximum) {
      throw new ArgumentError(
        `a batch of ${items.length} items will never fit into the queue '${use.name}', which holds ${maximum}`,
      )
    }
    const putter: Putter<T> = { items, taken }
    queue.putters.add(putter)
    this.#move(use.name, queue)
    return () => this.#leave(use.name, queue, queue.putters, putter)
  }

  /** Calls back with the first item, or as many of the first ones as there are, up to `most`; perhaps at once. */
  get(use: QueueUse, most: number, take: (items: T[]) => void): Leave {
    const queue = this.#use(use)
    const getter: Getter<T> = { party: use.party, most, take }
    queue.getters.add(getter)
    this.#move(use.name, queue)
    return () => this.#leave(use.name, queue, queue.getters, getter)
  }

  /** Empties a queue; who waits waits on. Gives what was in it. */
  delete(name: string): T[] {
    const queue = this.#queues.get(name)
    if (!queue) return []
    const items = takeFrom(queue, Infinity)
    queue.maximum = undefined
    queue.users.clear()
    this.#move(name, queue)
    return items
  }

  /** Empties all of them. */
  clear(): T[] {
    return Array.from(this.#queues.keys()).flatMap((name) => this.delete(name))
  }

  /** Somebody is back who was away. */
  back(party: Party): void {
    for (const [name, queue] of this.#queues) if (queue.users.has(party)) this.#move(name, queue)
  }

  /** Somebody is gone for good, and waits for nothing any more. */
  drop(party: Party): void {
    for (const [name, queue] of this.#queues) if (queue.users.delete(party)) this.#forget(name, queue)
  }

  #use({ name, party, maximum }: QueueUse): Queue<T> {
    let queue = this.#queues.get(name)
    if (!queue) {
      queue = { maximum, items: [], head: 0, getters: new Set(), putters: new Set(), users: new Set() }
      this.#queues.set(name, queue)
    }
    if (maximum !== undefined && queue.maximum !== maximum) {
      if (queue.maximum !== undefined) {
        throw new ArgumentError(
          `the queue '${name}' holds at most ${queue.maximum} items for those who use it now, not ${maximum}`,
        )
      }
      queue.maximum = maximum
    }
    queue.users.add(party)
    return queue
  }

  #leave<W>(name: string, queue: Queue<T>, waiting: Set<W>, waiter: W): boolean {
    if (!waiting.delete(waiter)) return false
    // What stood behind it may go in now.
    this.#move(name, queue)
    return true
  }

  /** Lets in what there is room for, and hands out what somebody waits for. */
  #move(name: string, queue: Queue<T>): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const putter of queue.putters) {
        if (lengthOf(queue) + putter.items.length > (queue.maximum ?? Infinity)) break
        queue.putters.delete(putter)
        for (const item of putter.items) queue.items.push(item)
        putter.taken()
        moved = true
      }
      for (const getter of queue.getters) {
        if (lengthOf(queue) === 0) break
        if (!getter.party.isThere) continue
        queue.getters.delete(getter)
        getter.take(takeFrom(queue, getter.most))
        moved = true
      }
    }
    this.#forget(name, queue)
  }

  #forget(name: string, queue: Queue<T>): void {
    const { getters, putters, users, maximum } = queue
    const isUsed = getters.size > 0 || putters.size > 0 || (maximum !== undefined && users.size > 0)
    if (lengthOf(queue) === 0 && !isUsed && this.#queues.get(name) === queue) this.#queues.delete(name)
  }
}

function lengthOf<T>({ items, head }: Queue<T>): number {
  return items.length - head
}

function takeFrom<T>(queue: Queue<T>, most: number): T[] {
  const taken = queue.items.slice(queue.head, queue.head + most)
  queue.head += taken.length
  if (queue.head === queue.items.length || (queue.head > SLACK && queue.head * 2 > queue.items.length)) {
    queue.items = queue.items.slice(queue.head)
    queue.head = 0
  }
  return taken
}
