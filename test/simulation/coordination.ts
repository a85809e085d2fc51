import { Random } from '../../src/base/index.js'
import { config } from '../../src/config/index.js'
import { type Alarm, Coordination } from '../../src/cluster/scheduler/coordination/coordination.js'
import type { ClientLink } from '../../src/cluster/scheduler/client-link.js'
import type { ClientWatcher, ClusterState } from '../../src/cluster/scheduler/state.js'
import { EventQueue } from './event-queue.js'

/*
 * Locks, semaphores, queues and events among simulated programs that come, go, are cut off, and die. The scheduler's side
 * is the real one; the network, the time and the programs are simulated, and everything follows from the seed.
 */

/** Seconds; a program that is away for longer loses its leases. */
const LEASE = config.get('coordination.lease') / 1000
/** Seconds; a program that is away for longer is dropped. */
const PATIENCE = 2 * LEASE
/** Seconds; from here on nobody is cut off any more. */
const HORIZON = 600

/** how many may hold each at the same time */
const PERMITS: Readonly<Record<string, number>> = { a: 1, b: 1, c: 1, semaphore: 3 }
const CAPACITY = 4

export class CoordinationFailure extends Error {}

export interface CoordinationOutcome {
  readonly seed: number
  /** what was granted, and items that were delivered */
  readonly steps: number
  readonly failure: string | undefined
}

/** Defects are planted through `coordination`. */
export interface CoordinationOptions {
  readonly coordination?: (state: ClusterState, alarm: Alarm) => Coordination
}

/** Simulates what a seed plans. */
export async function simulateCoordination(seed: number, options: CoordinationOptions = {}): Promise<CoordinationOutcome> {
  const world = new World(seed, options)
  let failure: string | undefined
  try {
    await world.run()
  } catch (error) {
    failure = error instanceof CoordinationFailure ? error.message : ((error as Error).stack ?? String(error))
  }
  return { seed, steps: world.steps, failure }
}

type Ended = 'late' | 'gaveUp' | { readonly got: unknown }

class World {
  readonly queue = new EventQueue()
  readonly random: Random
  readonly coordination: Coordination
  readonly state: ClusterState
  readonly programs: Program[] = []
  /** items that are surely in the queue, or were; by item who got it */
  readonly put = new Set<number>()
  readonly taken = new Map<number, Program>()
  /** items whose putting failed, or whose putter died before it heard */
  readonly neverPut = new Set<number>()
  lastItem = 0
  steps = 0

  constructor(seed: number, { coordination = (state, alarm) => new Coordination(state, alarm) }: CoordinationOptions) {
    this.random = new Random(seed ^ 0x10c4)
    const state = { clients: new Map<number, ClientLink>(), clientWatchers: new Set<ClientWatcher>() }
    // All that it takes of the cluster as long as no value refers to a result.
    this.state = { ...state, machine: { dropClient() {} }, schedule() {} } as unknown as ClusterState
    this.coordination = coordination(this.state, (milliseconds, ring) => {
      let off = false
      this.queue.after(milliseconds / 1000, () => {
        if (!off) ring()
      })
      return () => {
        off = true
      }
    })
    const count = 2 + this.random.below(6)
    for (let i = 0; i < count; i++) this.programs.push(new Program(this, i))
  }

  async run(): Promise<void> {
    for (const program of this.programs) program.begin()
    await this.#untilQuiet()
    // Whoever lives has come to an end of what it did: nobody waits for a lock that nobody holds.
    for (const program of this.programs) program.checkOver()
    for (const program of this.programs) if (!program.dead) program.leave()
    await this.#untilQuiet()
    this.checkItems()
    const probe = new Program(this, this.programs.length)
    for (const name of Object.keys(PERMITS))
      if (probe.answer('heldLeases', name) !== 0) this.fail(`'${name}' is held, and everybody has left`)
  }

  /** What is asked and answered goes through promises: each event has come to its end before the next one happens. */
  async #untilQuiet(): Promise<void> {
    while (this.queue.step()) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.queue.count > 100_000) this.fail('it goes round in circles')
    }
  }

  fail(message: string): never {
    throw new CoordinationFailure(`at ${this.queue.now.toFixed(3)} s: ${message}`)
  }

  /** Those who believe to hold something, and may: nobody who is cut off for longer than a lease. */
  checkHolders(name: string): void {
    const holders = this.programs.filter((program) => program.mayHold(name))
    if (holders.length > PERMITS[name]!)
      this.fail(`'${name}' is held by ${holders.map(({ name }) => name).join(', ')} at the same time`)
  }

  noteTaken(item: number, by: Program): void {
    const other = this.taken.get(item)
    if (other) this.fail(`item ${item} came to ${other.name} and to ${by.name}`)
    if (this.neverPut.has(item)) this.fail(`item ${item} came to ${by.name}, but was never put into the queue`)
    this.taken.set(item, by)
    this.steps++
  }

  checkItems(): void {
    const left = new Set<number>()
    const probe = new Program(this, this.programs.length + 1)
    const length = probe.answer('queueLength', 'queue') as number
    for (const item of this.put) if (!this.taken.has(item)) left.add(item)
    // What was sent to one that died on the way is gone with it, as what it had got before is.
    const lost = left.size - length
    const sentToDead = this.programs.reduce((sum, { itemsOnTheWay }) => sum + itemsOnTheWay, 0)
    if (lost > sentToDead) this.fail(`${lost} items are gone, of which ${sentToDead} were on the way to programs that died`)
  }
}

/** A program that uses what the others use. */
class Program {
  readonly name: string
  readonly link: ClientLink
  readonly #answers: ReturnType<Coordination['answers']>
  readonly #world: World
  readonly #up: Wire
  readonly #down: Wire
  /** names by the number of the lease */
  readonly #leases = new Map<number, readonly string[]>()
  #wait = 0
  #pending = 0
  #actions: number
  #awaySince: number | undefined
  /** what was granted before has expired: it was cut off for longer than a lease */
  #expiredBefore = 0
  dead = false
  /** items that the scheduler has sent and that have not come */
  itemsOnTheWay = 0

  constructor(world: World, index: number) {
    this.#world = world
    this.name = `program ${index}`
    const { random, queue } = world
    const slow = random.chance(0.2) ? 5 : 0.05
    const delay = (): number => random.next() * slow
    this.#up = new Wire(queue, delay)
    this.#down = new Wire(queue, delay)
    this.#actions = 5 + random.below(20)
    const control = { tell: (_name: string, { lease }: { lease: number }) => this.#send(() => this.#expired(lease)) }
    this.link = { index, name: this.name, control } as unknown as ClientLink
    world.state.clients.set(index, this.link)
    this.#answers = world.coordination.answers(this.link)
  }

  answer(question: string, args: unknown): unknown {
    return (this.#answers[question] as (args: unknown) => unknown)(args)
  }

  begin(): void {
    const { queue, random } = this.#world
    queue.after(random.next(), () => this.#act())
    const absences = random.below(4)
    for (let i = 0; i < absences; i++) queue.at(random.next() * HORIZON * 0.5, () => this.#goAway())
    if (random.chance(0.3)) queue.at(random.next() * HORIZON * 0.5, () => this.#die())
  }

  /** It holds it as far as it knows, and has not been cut off for longer than its lease, nor been told so. */
  mayHold(name: string): boolean {
    if (this.dead || !Array.from(this.#leases.values()).some((names) => names.includes(name))) return false
    return this.#awaySince === undefined || this.#world.queue.now - this.#awaySince < LEASE
  }

  checkOver(): void {
    if (!this.dead && this.#pending > 0) this.#world.fail(`${this.name} waits for ever`)
  }

  /** It closes its connection. */
  leave(): void {
    this.dead = true
    this.#dropped()
  }

  // ---- what it does

  #act(): void {
    const { queue, random } = this.#world
    if (this.dead || this.#actions-- <= 0) return
    const next = (): void => queue.after(random.next() * 20, () => this.#act())
    const kind = random.below(4)
    if (kind === 0) this.#hold([random.pick(['a', 'b', 'c'])], 1, 1, next)
    else if (kind === 1)
      this.#hold(
        random.pick([
          ['a', 'b'],
          ['b', 'c', 'a'],
          ['c', 'a'],
        ]),
        1 + random.below(2),
        1,
        next,
      )
    else if (kind === 2) this.#hold(['semaphore'], 1, PERMITS['semaphore']!, next)
    else if (random.chance(0.5)) this.#putSome(next)
    else this.#getSome(next)
  }

  #hold(names: readonly string[], count: number, permits: number, next: () => void): void {
    const { queue, random } = this.#world
    const timeout = random.chance(0.3) ? random.next() * 20_000 : undefined
    this.#ask('acquire', { names, count, permits, timeout }, (ended, answered) => {
      if (typeof ended === 'string') return next()
      const { lease, names: got } = ended.got as { lease: number; names: readonly string[] }
      // It will be told so with the next message.
      if (answered < this.#expiredBefore) return next()
      this.#leases.set(lease, got)
      this.#world.steps++
      for (const name of got) this.#world.checkHolders(name)
      queue.after(random.next() * 10, () => {
        // Some end with what they hold in their hands.
        if (!this.dead && this.#awaySince === undefined && random.chance(0.02)) return this.leave()
        // Until the release has arrived others must not have it: it is given up before.
        if (this.#leases.delete(lease)) this.#tell('releaseLease', lease)
        next()
      })
    })
  }

  #putSome(next: () => void): void {
    const world = this.#world
    const items = Array.from({ length: 1 + world.random.below(CAPACITY) }, () => ++world.lastItem)
    const values = items.map((item) => Uint8Array.of(item & 255, item >> 8))
    const timeout = world.random.chance(0.5) ? world.random.next() * 10_000 : 60_000
    this.#ask('putIntoQueue', { name: 'queue', maximum: CAPACITY, values, timeout }, (ended) => {
      for (const item of items) (typeof ended === 'string' ? world.neverPut : world.put).add(item)
      for (const item of items)
        if (world.neverPut.has(item) && world.taken.has(item)) world.fail(`item ${item} was taken, but putting it failed`)
      next()
    })
  }

  #getSome(next: () => void): void {
    const world = this.#world
    const question = { name: 'queue', maximum: CAPACITY, most: 1 + world.random.below(3), timeout: world.random.next() * 30_000 }
    this.#ask('getFromQueue', question, (ended) => {
      if (typeof ended !== 'string') {
        const { values } = ended.got as { values: readonly Uint8Array[] }
        for (const [low, high] of values) world.noteTaken(low! + (high! << 8), this)
      }
      next()
    })
  }

  // ---- its connection

  #ask(question: string, args: object, then: (ended: Ended, answered: number) => void): void {
    this.#pending++
    const wait = ++this.#wait
    this.#up.send(() => {
      const asked = this.answer(question, { ...args, wait }) as Promise<Ended>
      void asked.then((ended) => {
        const answered = this.#world.queue.now
        const items =
          question === 'getFromQueue' && typeof ended !== 'string' ? (ended.got as { values: unknown[] }).values.length : 0
        this.itemsOnTheWay += items
        this.#send(() => {
          this.itemsOnTheWay -= items
          this.#pending--
          then(ended, answered)
        })
      })
    })
    if (this.#world.random.chance(0.1))
      this.#world.queue.after(this.#world.random.next() * 5, () => this.#tell('giveUpWait', wait))
  }

  #tell(question: string, args: unknown): void {
    if (!this.dead) this.#up.send(() => void this.answer(question, args))
  }

  #send(arrive: () => void): void {
    this.#down.send(() => {
      if (!this.dead) arrive()
    })
  }

  #expired(lease: number): void {
    this.#leases.delete(lease)
  }

  /** Its connection breaks; what was under way arrives when it is back. */
  #goAway(): void {
    const { queue, random, coordination } = this.#world
    if (this.dead || this.#awaySince !== undefined) return
    const seconds = random.next() * (PATIENCE + 10)
    this.#awaySince = queue.now
    this.#up.broken = this.#down.broken = true
    coordination.gone(this.link)
    if (seconds >= PATIENCE) {
      queue.after(PATIENCE, () => this.#die())
      return
    }
    queue.after(seconds, () => {
      if (this.dead) return
      this.#awaySince = undefined
      if (seconds >= LEASE) {
        this.#leases.clear()
        this.#expiredBefore = queue.now
      }
      coordination.back(this.link)
      this.#up.mend()
      this.#down.mend()
    })
  }

  #die(): void {
    if (this.dead) return
    this.dead = true
    const { queue, coordination } = this.#world
    if (this.#awaySince !== undefined && queue.now - this.#awaySince >= PATIENCE) {
      this.#dropped()
      return
    }
    // The scheduler sees that the connection broke, and waits for it to come back.
    this.#up.broken = this.#down.broken = true
    if (this.#awaySince === undefined) coordination.gone(this.link)
    queue.after(PATIENCE, () => this.#dropped())
  }

  #dropped(): void {
    this.#up.broken = this.#down.broken = true
    this.#world.coordination.dropped(this.link)
    this.#world.state.clients.delete(this.link.index)
  }
}

/** One direction of a connection: what is sent arrives in that order; what is under way when it breaks, when it is mended. */
class Wire {
  readonly #queue: EventQueue
  readonly #delay: () => number
  readonly #sent: { readonly time: number; readonly arrive: () => void }[] = []
  broken = false

  constructor(queue: EventQueue, delay: () => number) {
    this.#queue = queue
    this.#delay = delay
  }

  send(arrive: () => void): void {
    const time = Math.max(this.#queue.now + this.#delay(), this.#sent.at(-1)?.time ?? 0)
    this.#sent.push({ time, arrive })
    this.#queue.at(time, () => this.#arrive())
  }

  mend(): void {
    this.broken = false
    this.#arrive()
  }

  #arrive(): void {
    while (!this.broken && this.#sent.length > 0 && this.#sent[0]!.time <= this.#queue.now) this.#sent.shift()!.arrive()
  }
}
