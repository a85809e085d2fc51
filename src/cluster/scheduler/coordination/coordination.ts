import { config } from '../../../config/index.js'
import { type Answers, ProtocolError } from '../../../protocol/index.js'
import type { TaskAddress } from '../../../scheduler/index.js'
import { type ClientLink, foreignGraph } from '../client-link.js'
import type { ClientWatcher, ClusterState } from '../state.js'
import { taskOf } from '../task-names.js'
import { Flags } from './flags.js'
import { HeldValues } from './held-values.js'
import { Leases } from './leases.js'
import type { Leave, Party } from './party.js'
import { Queues } from './queues.js'
import { Variables } from './variables.js'

/** A number that no graph has. */
const GONE = 2 ** 30 - 1

/** Longer waits have no end: timers do not go further. */
const LONGEST = 2 ** 31 - 1

/** A value as a client has encoded it, with the results that it refers to if there are any. */
type Sent = Uint8Array | { readonly described: unknown; readonly tasks: readonly TaskAddress[] }

/** The same while it is here. */
interface Kept {
  readonly described: unknown
  /** by the scheduler machine's numbers of graphs */
  readonly tasks: readonly TaskAddress[]
  readonly holder: number
}

/** What comes with a question that may have to wait for its answer. */
interface Wait {
  /** the client's number of this wait */
  readonly wait: number
  /** milliseconds; undefined: for ever */
  readonly timeout: number | undefined
}

interface Permits extends Wait {
  readonly names: readonly string[]
  readonly count: number
  readonly permits: number
}

interface ToQueue {
  readonly name: string
  readonly maximum: number | undefined
}

/** Calls back after so many milliseconds, unless what it gives is called before. */
export type Alarm = (milliseconds: number, ring: () => void) => () => void

const realAlarm: Alarm = (milliseconds, ring) => {
  const timer = setTimeout(ring, milliseconds)
  return () => clearTimeout(timer)
}

/** How a wait has ended: with what was waited for, or without. */
type Ended<T> = { readonly got: T } | 'late' | 'gaveUp'

/** A client that takes part. */
interface Participant extends Party {
  /** by the client's number of a wait, what ends it */
  readonly waits: Map<number, (how: 'late' | 'gaveUp') => void>
  /** values on their way to it, which are kept until it has handles of its own */
  readonly onTheWay: Set<number>
  /** its leases do not expire after all */
  keepLeases: () => void
}

/** Locks, semaphores, events, queues and variables, for clients and for tasks through theirs. */
export class Coordination implements ClientWatcher {
  readonly #state: ClusterState
  readonly #alarm: Alarm
  /** milliseconds */
  readonly #lease = config.get('coordination.lease')
  readonly #values: HeldValues
  readonly #leases = new Leases()
  readonly #flags = new Flags()
  readonly #variables = new Variables<Kept>()
  readonly #queues = new Queues<Kept>()
  readonly #parties = new Map<ClientLink, Participant>()

  /** `alarm`: what it tells the time by */
  constructor(state: ClusterState, alarm: Alarm = realAlarm) {
    this.#state = state
    this.#alarm = alarm
    this.#values = new HeldValues(state)
    state.clientWatchers.add(this)
  }

  answers(client: ClientLink): Answers {
    return { ...this.#leaseAnswers(client), ...this.#eventAnswers(client), ...this.#valueAnswers(client) }
  }

  #leaseAnswers(client: ClientLink): Answers {
    return {
      acquire: ({ names, count, permits, ...wait }: Permits) =>
        this.#wait(client, wait, (party, done: (got: { lease: number; names: readonly string[] }) => void) =>
          this.#leases.request({
            party,
            names,
            count,
            permits,
            granted: (lease) => done({ lease: lease.number, names: lease.names }),
          }),
        ),
      releaseLease: (lease: number) => this.#leases.release(this.#party(client), lease),
      heldLeases: (name: string) => this.#leases.held(name),
      giveUpWait: (wait: number) => this.#party(client).waits.get(wait)?.('gaveUp'),
    }
  }

  #eventAnswers(client: ClientLink): Answers {
    return {
      setEvent: (name: string) => this.#flags.set(name),
      clearEvent: (name: string) => this.#flags.clear(name),
      isEventSet: (name: string) => this.#flags.isSet(name),
      waitForEvent: ({ name, ...wait }: { name: string } & Wait) =>
        this.#wait(client, wait, (_party, done: (got: true) => void) => this.#flags.wait(name, () => done(true))),
    }
  }

  #valueAnswers(client: ClientLink): Answers {
    return {
      setVariable: ({ name, value }: { name: string; value: Sent }) => {
        const before = this.#variables.set(name, this.#keep(client, value))
        if (before) this.#values.letGo(before.holder)
      },
      getVariable: ({ name, ...wait }: { name: string } & Wait) =>
        this.#wait(client, wait, (party, done) => this.#variables.get(name, (value) => done(this.#deliver(party, [value])))),
      deleteVariable: (name: string) => this.#letGo([this.#variables.delete(name)]),

      putIntoQueue: ({ name, maximum, values, ...wait }: ToQueue & Wait & { values: readonly Sent[] }) => {
        const items = this.#keepAll(client, values)
        const put = this.#wait(client, wait, (party, done: (got: true) => void) =>
          this.#queues.put({ name, party, maximum }, items, () => done(true)),
        )
        return put.then(
          (ended) => {
            if (typeof ended === 'string') this.#letGo(items)
            return ended
          },
          (error: unknown) => {
            this.#letGo(items)
            throw error
          },
        )
      },
      getFromQueue: ({ name, maximum, most, ...wait }: ToQueue & Wait & { most: number }) =>
        this.#wait(client, wait, (party, done) =>
          this.#queues.get({ name, party, maximum }, most, (items) => {
            done(this.#deliver(party, items))
            this.#letGo(items)
          }),
        ),
      queueLength: (name: string) => this.#queues.length(name),
      deleteQueue: (name: string) => this.#letGo(this.#queues.delete(name)),
      /** The client has handles of its own. */
      valuesArrived: (hold: number) => {
        if (this.#party(client).onTheWay.delete(hold)) this.#values.letGo(hold)
      },
    }
  }

  // ---- clients come and go

  gone(client: ClientLink): void {
    const party = this.#parties.get(client)
    if (!party) return
    party.isThere = false
    this.#leases.presenceChanged(party)
    const away = this.#lease
    party.keepLeases = this.#alarm(away, () => {
      for (const { number } of this.#leases.takeAll(party)) client.control.tell('leaseExpired', { lease: number, away })
    })
  }

  back(client: ClientLink): void {
    const party = this.#parties.get(client)
    if (!party) return
    party.keepLeases()
    party.isThere = true
    this.#leases.presenceChanged(party)
    this.#queues.back(party)
  }

  dropped(client: ClientLink): void {
    const party = this.#parties.get(client)
    if (!party) return
    this.#parties.delete(client)
    party.keepLeases()
    party.isThere = false
    for (const end of Array.from(party.waits.values())) end('gaveUp')
    this.#leases.takeAll(party)
    this.#queues.drop(party)
    for (const hold of party.onTheWay) this.#values.letGo(hold)
  }

  /** The scheduler ends. */
  close(): void {
    for (const client of Array.from(this.#parties.keys())) this.dropped(client)
  }

  /** Forgets all values, and what has happened; who waits, waits on. */
  clear(): void {
    this.#letGo([...this.#queues.clear(), ...this.#variables.clear()])
    this.#flags.clearAll()
  }

  #party(client: ClientLink): Participant {
    let party = this.#parties.get(client)
    if (!party) {
      if (this.#state.clients.get(client.index) !== client) throw new ProtocolError(`the client ${client.name} has left`)
      party = { name: client.name, isThere: true, waits: new Map(), onTheWay: new Set(), keepLeases() {} }
      this.#parties.set(client, party)
    }
    return party
  }

  // ---- waiting

  /** Begins a wait, and gives how it has ended. */
  #wait<T>(
    client: ClientLink,
    { wait, timeout }: Wait,
    begin: (party: Participant, done: (got: T) => void) => Leave,
  ): Promise<Ended<T>> {
    return new Promise((resolve) => {
      const party = this.#party(client)
      let over = false
      let beInTime: (() => void) | undefined
      const settle = (ended: Ended<T>): void => {
        over = true
        beInTime?.()
        party.waits.delete(wait)
        resolve(ended)
      }
      const leave = begin(party, (got) => settle({ got }))
      const end = (how: 'late' | 'gaveUp'): void => {
        if (leave()) settle(how)
      }
      if (over) return
      if (timeout !== undefined && timeout <= 0) {
        end('late')
        return
      }
      party.waits.set(wait, end)
      if (timeout !== undefined && timeout <= LONGEST) beInTime = this.#alarm(timeout, () => end('late'))
    })
  }

  // ---- values

  /** A value comes: what it refers to is kept as long as it is here. */
  #keep(client: ClientLink, value: Sent): Kept {
    // A copy: the frame that it is part of may be large.
    if (value instanceof Uint8Array) return { described: value.slice(), tasks: [], holder: 0 }
    const { described, tasks } = value
    const { machine } = this.#state
    const addresses = tasks.map((task) => taskOf(client, task)).map(({ graph, task }) => machine.addressOf(graph, task))
    return { described, tasks: addresses, holder: this.#values.hold(addresses) }
  }

  #keepAll(client: ClientLink, values: readonly Sent[]): Kept[] {
    const kept: Kept[] = []
    try {
      for (const value of values) kept.push(this.#keep(client, value))
    } catch (error) {
      this.#letGo(kept)
      throw error
    }
    return kept
  }

  /** Values as they travel to somebody, kept until they have arrived. */
  #deliver(party: Participant, values: readonly Kept[]): unknown {
    const hold = this.#values.holdWhatIsThere(values.flatMap(({ tasks }) => tasks))
    if (hold !== 0) party.onTheWay.add(hold)
    const sent = values.map(({ described, tasks }) => {
      if (described instanceof Uint8Array) return described
      // What was cancelled must not be computed after all because somebody hears of it.
      const addresses = tasks.map((at) => ({ graph: foreignGraph(this.#values.isThere(at) ? at.graph : GONE), task: at.task }))
      return { described, addresses }
    })
    return { values: sent, hold }
  }

  #letGo(values: readonly (Kept | undefined)[]): void {
    for (const value of values) if (value) this.#values.letGo(value.holder)
  }
}
