import { InvariantError } from '../base/index.js'
import { config } from '../config/index.js'
import type { Transferable } from 'node:worker_threads'
import type { Worker } from '../worker/index.js'
import { BatchWriter, type LaneLayer } from './batch-writer.js'
import { HandedOut, Timings } from './handed-out.js'
import { type Lane, startProcess, startThread } from './lane.js'
import { LaneBudget } from './lane-budget.js'
import { LaneCalls, LaneGone } from './lane-calls.js'
import { END_LENGTH, EndKind, type Ends, type Failure } from './lane-protocol.js'
import { Secessions } from './secessions.js'
import type { SegmentTable } from './segments.js'
import type { ValueStore } from './value-store.js'

/** How the lanes of each kind of pool are started. */
const starters = { threads: startThread, processes: startProcess }

/** Charged to a lane for a task that waits for a promise. */
const SUSPENDED = -2

/** Tasks that are dealt to one lane at a time, before the next lane gets some. */
const SHARE = 32

/** A lane and what is known of it. */
interface LaneState {
  readonly lane: Lane
  readonly writer: BatchWriter
  readonly budget: LaneBudget
  readonly calls: LaneCalls
  ready: boolean
  /** tasks that it has, those that wait for promises too */
  tasks: number
}

/** What lanes need of the pool or worker process that they belong to. */
export interface LaneOwner {
  readonly worker: Worker
  readonly store: ValueStore
  readonly segments: SegmentTable
  /** The slot of the task to be run next, whose inputs can all be given now; -1: none. */
  next(): number
  /** How many tasks `next` could give. */
  ready(): number
  /** The layer of the task of a slot. */
  layerOf(slot: number): LaneLayer
  /**
   * Writes the task of a slot. False: one of its inputs is not here any more, and the machine has been told. Throws when
   * something of the task cannot travel.
   */
  write(slot: number, layer: LaneLayer, writer: BatchWriter): boolean
  /** The task of a slot failed on the lane of that name. */
  failed(slot: number, failure: Failure, where: string): void
  /** The task of a slot could not be written. */
  refused(slot: number, error: unknown): void
  /** A task asks for something (see `TaskContext.ask`): gives the answer, or promises it, or throws. */
  answer?(name: string, args: unknown, lane: number, slot: number): unknown
  /** A lane is about to start: its thread knows what environment data there is then. */
  laneStarting?(): void
  /** A lane has started, and can be asked. */
  laneReady?(lane: number): void
  /** A lane is gone, with what services had in it. */
  laneGone?(lane: number, reason: string): void
  /**
   * What became of tasks in that lane: rows of numbers, see `END_LENGTH`. It is told before their results are. Of a task that waits
   * for promises more than once it is told each time.
   */
  ended?(ends: Float64Array, lane: number): void
  /** The lane that had the task of a slot is gone. */
  interrupted?(slot: number, lane: number): void
  /** The task of a slot, number `index` of a layer, has attached facts to itself, encoded; it may have ended already. */
  noted?(slot: number, layer: number, index: number, facts: Uint8Array): void
  /** something has happened that the machines must be told */
  step(): void
}

/**
 * The lanes of a pool: hands them what the worker machine has ready, takes what they give back, starts them when there is
 * work for them and again when they have died.
 */
export class LaneSet {
  readonly #owner: LaneOwner
  readonly #start: typeof startThread
  readonly #size: number
  readonly #lanes = new Set<LaneState>()
  readonly #secessions: Secessions<LaneState>
  readonly #handed = new HandedOut()
  readonly #timings = new Timings()
  #nextLane = 1
  #referenced = false
  /** tasks that lanes have, those that wait for promises too */
  handedOut = 0
  /** why the lane that died last did so */
  lastDeath = ''

  constructor(kind: 'threads' | 'processes', size: number, owner: LaneOwner) {
    this.#start = starters[kind]
    this.#size = size
    this.#owner = owner
    this.#secessions = new Secessions(this.#lanes, size, (state) => this.#end(state))
  }

  /** Lets the lanes keep the process alive, or not. */
  reference(on: boolean): void {
    this.#referenced = on
    for (const { lane } of this.#lanes) {
      if (on) lane.ref()
      else lane.unref()
    }
  }

  /** The lanes there are, by number. */
  get lanes(): readonly number[] {
    return Array.from(this.#lanes, ({ lane }) => lane.id)
  }

  /**
   * Has a lane call a function that a module of Heddle exports, between tasks: `operation` is its address and name
   * ('file:///…/actors.js#call'). Rejects with what that threw, and with `LaneGone`.
   */
  ask(lane: number, operation: string, args: unknown, transfer?: readonly Transferable[]): Promise<unknown> {
    for (const state of this.#lanes) if (state.lane.id === lane) return state.calls.ask(operation, args, transfer)
    return Promise.reject(new LaneGone(`there is no lane ${lane} any more`))
  }

  /** The slots of the tasks that lanes have. */
  *slots(): Generator<number> {
    const { lane } = this.#handed
    for (let slot = 0; slot < lane.length; slot++) if (lane[slot] !== 0) yield slot
  }

  /** How many lanes have tasks. */
  get busy(): number {
    let busy = 0
    for (const { tasks } of this.#lanes) if (tasks > 0) busy++
    return busy
  }

  /** Sends what was gathered. */
  flush(): void {
    for (const { writer } of this.#lanes) writer.flush()
  }

  /** These layers will not come again. */
  forget(layers: Iterable<LaneLayer>): void {
    for (const { id } of layers) for (const { writer } of this.#lanes) writer.dropLayer(id)
  }

  async close(): Promise<void> {
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    for (const { calls } of lanes) calls.closed('the pool is closing')
    await Promise.all(lanes.map(({ lane }) => lane.close()))
  }

  /** Hands ready tasks to lanes that can take them, starting lanes when there are too few. */
  dealOut(): void {
    const owner = this.#owner
    const secessions = this.#secessions
    if (secessions.any) secessions.settle()
    if (owner.ready() === 0) return
    // In turn, so that they get equal shares when there is not enough for all.
    for (let dealt = true; dealt; ) {
      dealt = false
      for (const state of this.#lanes) {
        if (!state.ready && this.#lanes.size > 1) continue
        if (secessions.any && !secessions.takesTasks(state)) continue
        for (let n = 0; n < SHARE && owner.ready() > 0 && state.budget.hasRoom(owner.ready() >= this.#size); n++) {
          this.#assign(state, owner.next())
          dealt = true
        }
      }
    }
    // A lane that is starting takes what is ready then.
    while (owner.ready() > 0 && secessions.computing < this.#size && !this.#hasStarting()) {
      const state = this.start()
      if (this.#lanes.size === 1) while (owner.ready() > 0 && state.budget.hasRoom(true)) this.#assign(state, owner.next())
    }
  }

  /** It has nothing to do and is not needed. */
  #end(state: LaneState): void {
    this.#lanes.delete(state)
    this.#owner.segments.laneGone(state.lane.id)
    void state.lane.close()
  }

  #hasStarting(): boolean {
    for (const { ready } of this.#lanes) if (!ready) return true
    return false
  }

  /** Starts a lane. */
  start(): LaneState {
    this.#owner.laneStarting?.()
    const id = this.#nextLane++
    const lane = this.#start(
      id,
      {
        memory: this.#owner.segments.memoryOf(id),
        hugePages: config.get('memory.hugePages'),
      },
      {
        ready: () => {
          state.ready = true
          this.#owner.laneReady?.(id)
          this.#owner.step()
        },
        ends: (ends) => this.#takeEnds(state, ends),
        said: (message) => void state.calls.receive(message),
        gone: (reason) => this.#laneGone(state, reason),
      },
    )
    const state: LaneState = {
      lane,
      writer: new BatchWriter(lane, this.#owner.store, this.#owner.segments),
      budget: new LaneBudget(),
      calls: new LaneCalls(
        (message, transfer) => lane.post(message, transfer),
        (name, args, slot) => this.#answer(name, args, id, slot ?? -1),
      ),
      ready: false,
      tasks: 0,
    }
    this.#lanes.add(state)
    if (this.#referenced) lane.ref()
    return state
  }

  #assign(state: LaneState, slot: number): void {
    const owner = this.#owner
    const layer = owner.layerOf(slot)
    try {
      if (!owner.write(slot, layer, state.writer)) return
    } catch (error) {
      owner.refused(slot, error)
      return
    }
    const handed = this.#handed
    const label = this.#timings.numberOf(layer.label)
    const expected = this.#timings.mean[label]!
    handed.reserve(slot)
    this.handedOut++
    state.tasks++
    handed.lane[slot] = state.lane.id
    handed.label[slot] = label
    handed.charged[slot] = expected
    state.budget.charge(expected)
  }

  #takeEnds(state: LaneState, { ends, values, segments, sealed, noted }: Ends): void {
    // First: the ends of these tasks may be among the ends.
    for (const [slot, layer, index, facts] of noted ?? []) this.#owner.noted?.(slot, layer, index, facts)
    for (const entry of segments ?? []) this.#owner.segments.made(state.lane.id, entry)
    this.#owner.ended?.(ends, state.lane.id)
    const worker = this.#owner.worker
    const store = this.#owner.store
    const handed = this.#handed
    let v = 0
    for (let at = 0; at < ends.length; at += END_LENGTH) {
      const slot = ends[at]!
      const kind = ends[at + 1]!
      const seconds = ends[at + 2]!
      const charged = handed.charged[slot]!
      if (kind === EndKind.rejoining) {
        this.#secessions.rejoin(state, slot)
        continue
      }
      if (kind === EndKind.suspended || kind === EndKind.seceded) {
        if (kind === EndKind.seceded) this.#secessions.secede(state, slot)
        // One that has seceded, or waited for imports before it began, may wait again.
        if (charged === SUSPENDED) continue
        state.budget.discharge(charged)
        handed.charged[slot] = SUSPENDED
        worker.suspended(slot)
        continue
      }
      if (this.#secessions.any) this.#secessions.ended(state, slot)
      state.tasks--
      if (charged !== SUSPENDED) {
        state.budget.discharge(charged)
        this.#timings.learn(handed.label[slot]!, seconds)
      }
      handed.lane[slot] = 0
      this.handedOut--
      if (kind === EndKind.rescheduled) {
        worker.interrupted(slot, false)
        continue
      }
      if (kind === EndKind.error) {
        this.#owner.failed(slot, values[v++] as Failure, state.lane.name)
        continue
      }
      const value = kind === EndKind.segment ? undefined : kind === EndKind.number ? ends[at + 3] : values[v++]
      const needed = worker.isNeeded(slot)
      const bytes = !needed
        ? 0
        : kind === EndKind.segment
          ? store.putSegment(slot, ends[at + 3]!, ends[at + 4]!, ends[at + 5]!)
          : store.put(slot, value)
      worker.executed(slot, bytes, seconds)
    }
    for (const id of sealed ?? []) this.#owner.segments.sealed(id)
    this.#owner.step()
  }

  #answer(name: string, args: unknown, lane: number, slot: number): unknown {
    if (!this.#owner.answer) throw new InvariantError(`a task asks for ${name}, and there are no services here`)
    return this.#owner.answer(name, args, lane, slot)
  }

  /** A lane has died. What it was running is charged for it, where that is known; else everything it had. */
  #laneGone(state: LaneState, reason: string): void {
    this.#lanes.delete(state)
    this.#secessions.gone(state)
    this.#owner.segments.laneGone(state.lane.id)
    this.lastDeath = reason
    state.calls.closed(reason)
    this.#owner.laneGone?.(state.lane.id, reason)
    const running = state.lane.running()
    const { lane, charged } = this.#handed
    for (let slot = 0; slot < lane.length; slot++) {
      if (lane[slot] !== state.lane.id) continue
      lane[slot] = 0
      this.handedOut--
      this.#owner.interrupted?.(slot, state.lane.id)
      const unknown = running === undefined || running < 0
      this.#owner.worker.interrupted(slot, unknown || slot === running || charged[slot] === SUSPENDED)
    }
    this.#owner.step()
  }
}
