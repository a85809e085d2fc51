import type { Comm } from '../../comm/index.js'
import { InvariantError, Moved, asError } from '../../base/index.js'
import {
  Frame,
  type ShuffleAnswer,
  ShuffleAsk,
  type ShuffleQuestion,
  ShuffleStatus,
  readShuffleQuestion,
  writeShuffleAnswer,
} from '../../protocol/index.js'
import {
  type BrokenAnswer,
  type ByteGate,
  type Disk,
  type Join,
  type JoinAnswer,
  type Joined,
  type Open,
  type Opened,
  type PartitionStore,
  type Seal,
  type SealAnswer,
  type Sealed,
  type Send,
  ShuffleError,
  ShuffleRunEnded,
  movers,
} from '../../shuffle/index.js'
import type { Worker } from '../../worker/index.js'

export interface ShufflesOptions {
  /** of the worker, for messages */
  readonly name: string
  readonly machine: Pick<Worker, 'graphOf' | 'taskOf'>
  /** bytes of shards that may be in memory */
  readonly memory: number
  /** bytes that may be on their way to one other worker, and to all */
  readonly peerBytes: number
  readonly sendBytes: number
  folder(): string
  /** the disk, where it is simulated */
  readonly disk?: Disk
  /** its number in the scheduler machine */
  index(): number
  /** the number of the layer of the task in that slot */
  layerOf(slot: number): number
  /** asks the scheduler */
  askScheduler(name: string, args: object): Promise<unknown>
  /** asks another worker */
  askPeer(address: string, question: ShuffleQuestion): Promise<ShuffleAnswer>
}

/** What a worker has of shuffles. */
export interface ShuffleUse {
  readonly runs: number
  readonly bytes: number
  readonly diskBytes: number
  readonly files: number
  readonly open: number
  readonly mostOpen: number
}

/** What a task that is running has to do with shuffles. */
interface TaskPart {
  readonly runs: Set<number>
  /** partitions that it has opened, and nobody else will */
  readonly opened: { readonly run: number; readonly output: number }[]
  /** it was told that its run is over */
  inVain: boolean
}

/** What the scheduler has told one task of a layer, for all of them. */
interface Numbers {
  readonly joined: JoinAnswer & object
  next: number
  left: number
}

/**
 * The service of shuffles in a worker process. Tasks that transfer hand it shards, which go to the workers that own the
 * output partitions; it keeps the partitions that this worker owns; and it gives them to tasks that collect, here and
 * elsewhere. Whoever hands it more than there is room for waits.
 */
export class Shuffles {
  readonly store: PartitionStore
  readonly #options: ShufflesOptions
  readonly #all: ByteGate
  readonly #gates = new Map<number, ByteGate>()
  /** where owners are, by run */
  readonly #addresses = new Map<number, ReadonlyMap<number, string>>()
  /** by run, what is to be told when it is over */
  readonly #underWay = new Map<number, Set<() => void>>()
  /** by layer, what is known of the run that its transfers are part of, or is being asked */
  readonly #numbers = new Map<number, Promise<Numbers | undefined>>()
  /** by slot */
  readonly #tasks = new Map<number, TaskPart>()

  constructor(options: ShufflesOptions) {
    this.#options = options
    const { ByteGate, PartitionStore } = movers.code
    this.#all = new ByteGate(options.sendBytes)
    this.store = new PartitionStore({ name: options.name, limit: options.memory, folder: options.folder, disk: options.disk })
  }

  /** bytes in memory: of partitions, and on their way to others */
  get bytes(): number {
    return this.store.bytes + this.#all.inside
  }

  get use(): ShuffleUse {
    const { runs, files, diskBytes, openFiles, mostOpenFiles } = this.store
    return { runs: runs.length, bytes: this.bytes, diskBytes, files, open: openFiles, mostOpen: mostOpenFiles }
  }

  /** What is remembered of runs beside the store: nothing, when all of them are over and no task is part of one. */
  get remembered(): number {
    return this.#addresses.size + this.#underWay.size + this.#numbers.size + this.#tasks.size
  }

  /** Answers a task that runs in a lane. */
  async answer(name: string, args: unknown, slot: number): Promise<unknown> {
    const { questions } = movers.code
    // The slot may be that of another task when the answer is known.
    const part = this.#part(slot)
    try {
      switch (name) {
        case questions.join:
          return await this.#join(args as Join, slot)
        case questions.send:
          return await this.#send(args as Send)
        case questions.seal:
          return await this.#seal(args as Seal, slot)
        case questions.open:
          return await this.#open(args as Open, slot)
        default:
          throw new InvariantError(`a task asks for ${name}, which is not known here`)
      }
    } catch (error) {
      if (error instanceof ShuffleRunEnded) part.inVain = true
      throw error
    }
  }

  /** Whether a task that failed has done so because its run is over: it is to be run again. */
  isInVain(slot: number): boolean {
    const part = this.#tasks.get(slot)
    if (!part) return false
    if (part.inVain) return true
    for (const run of part.runs) if (this.store.isEnded(run)) return true
    return false
  }

  /** A task has its result: the partitions that only it has read go. */
  executed(slot: number): void {
    if (this.#tasks.size === 0) return
    for (const { run, output } of this.#tasks.get(slot)?.opened ?? []) this.store.drop(run, output)
  }

  /** A task has come to its end, whichever. */
  ended(slot: number): void {
    this.#tasks.delete(slot)
  }

  /** The scheduler says that a run begins, of which partitions belong here. */
  begin(run: number): void {
    this.store.begin(run)
  }

  /** The scheduler says that a run is over. */
  end(run: number): void {
    this.store.end(run)
    this.#addresses.delete(run)
    this.#numbers.clear()
    for (const tell of this.#underWay.get(run) ?? []) tell()
    this.#underWay.delete(run)
  }

  async close(): Promise<void> {
    for (const run of new Set([...this.store.runs, ...this.#underWay.keys()])) this.end(run)
    await this.store.close()
  }

  /** Answers another worker. */
  async take(comm: Comm, body: Uint8Array): Promise<void> {
    const { id, question } = readShuffleQuestion(body)
    const answer = await this.answerPeer(question)
    if (!comm.closed) comm.send(Frame.shuffled, writeShuffleAnswer(id, answer))
  }

  /** What another worker is answered: what was asked for, or why it cannot be had. */
  async answerPeer(question: ShuffleQuestion): Promise<Partial<ShuffleAnswer>> {
    try {
      if (question.ask === ShuffleAsk.read)
        return await this.store.read(question.run, question.output, question.transfers, question.from)
      await this.store.take(question.run, question.transfer, question)
      return {}
    } catch (thrown) {
      const ended = thrown instanceof ShuffleRunEnded || this.store.isEnded(question.run)
      return ended ? { status: ShuffleStatus.ended } : { status: ShuffleStatus.failed, problem: asError(thrown).message }
    }
  }

  /** Of several tasks of a layer one asks the scheduler; it is given numbers for the others. */
  async #join({ outputs }: Join, slot: number): Promise<Joined> {
    const isThere = this.#watch(slot)
    const layer = this.#options.layerOf(slot)
    let asked = this.#numbers.get(layer)
    const numbers = await asked
    if (!isThere()) throw gone()
    if (!numbers || numbers.left === 0 || this.store.isEnded(numbers.joined.run)) {
      // Another may have asked meanwhile: then it is enough to wait for that answer.
      if (this.#numbers.get(layer) === asked) this.#numbers.delete(layer)
      asked = this.#numbers.get(layer)
      return asked ? await this.#join({ outputs }, slot) : await this.#joinFirst(outputs, slot, layer)
    }
    numbers.left--
    return this.#joined(numbers.joined, numbers.next++, slot)
  }

  async #joinFirst(outputs: number, slot: number, layer: number): Promise<Joined> {
    const answer = this.#askFor(slot, 'shuffle.join', { outputs }) as Promise<JoinAnswer>
    const numbers = answer.then(
      (joined) => joined && { joined, next: joined.transfer + 1, left: joined.more },
      () => undefined,
    )
    this.#numbers.set(layer, numbers)
    let joined: JoinAnswer
    try {
      joined = await answer
    } finally {
      // What is not known is asked for again.
      if (!joined && this.#numbers.get(layer) === numbers) this.#numbers.delete(layer)
    }
    if (!joined) throw new ShuffleRunEnded(-1)
    return this.#joined(joined, joined.transfer, slot)
  }

  #joined({ run, owners, addresses }: JoinAnswer & object, transfer: number, slot: number): Joined {
    this.#part(slot).runs.add(run)
    if (!this.store.isEnded(run)) this.#addresses.set(run, addresses)
    return { run, transfer, owners }
  }

  async #send({ run, transfer, owner, directory, bytes }: Send): Promise<void> {
    if (owner === this.#options.index()) return await this.store.take(run, transfer, { directory, bytes })
    const { byteLength } = bytes
    const gate = this.#gate(owner)
    await gate.enter(byteLength)
    await this.#all.enter(byteLength)
    try {
      const question: ShuffleQuestion = { ask: ShuffleAsk.take, run, transfer, directory, bytes }
      await this.#askOwner(owner, this.#addresses.get(run)?.get(owner), question)
    } finally {
      this.#all.leave(byteLength)
      gate.leave(byteLength)
    }
  }

  async #seal({ outputs, runs }: Seal, slot: number): Promise<Omit<Sealed, 'transfers'>> {
    const sealed = (await this.#askFor(slot, 'shuffle.seal', { outputs, runs })) as SealAnswer
    if (!sealed) throw new ShuffleRunEnded(runs[0] ?? -1)
    return sealed
  }

  async #open({ run, transfers, owners, addresses, once, output, from }: Open, slot: number): Promise<unknown> {
    const part = this.#part(slot)
    part.runs.add(run)
    const owner = owners[output]!
    let opened: Opened
    if (owner === this.#options.index()) {
      try {
        opened = this.store.open(run, output, transfers)
      } catch (error) {
        if (error instanceof ShuffleRunEnded) await this.#broken(run, owner)
        throw error
      }
      if (once) part.opened.push({ run, output })
    } else {
      const question: ShuffleQuestion = { ask: ShuffleAsk.read, run, output, from, transfers }
      const { shards, bytes, next } = await this.#askOwner(owner, addresses.get(owner), question)
      // Views of a frame, which may be larger.
      opened = { shards: shards.slice(), bytes: bytes.slice(), path: undefined, next }
    }
    return new Moved(opened, [opened.bytes.buffer])
  }

  /** Asks the owner of a partition. What it cannot do ends the run, or fails the task. */
  async #askOwner(owner: number, address: string | undefined, question: ShuffleQuestion): Promise<ShuffleAnswer> {
    const { run } = question
    if (this.store.isEnded(run)) throw new ShuffleRunEnded(run)
    let answer: ShuffleAnswer | undefined
    try {
      if (address !== undefined) answer = await this.#untilEnd(run, this.#options.askPeer(address, question))
    } catch (error) {
      if (error instanceof ShuffleRunEnded) throw error
    }
    if (answer?.status === ShuffleStatus.failed) throw new ShuffleError(answer.problem)
    if (answer?.status === ShuffleStatus.done) return answer
    await this.#broken(run, owner)
    throw new ShuffleRunEnded(run)
  }

  /** Tells the scheduler that a run cannot go on. Throws when it is of no use to do it again. */
  async #broken(run: number, owner: number): Promise<void> {
    const answer = (await this.#options.askScheduler('shuffle.broken', { run, owner })) as BrokenAnswer
    if (answer) throw new ShuffleError(answer.problem)
  }

  /** The promise, or the end of the run if that comes first. */
  async #untilEnd<T>(run: number, promise: Promise<T>): Promise<T> {
    let tell!: () => void
    const end = new Promise<never>((_, reject) => {
      tell = () => reject(new ShuffleRunEnded(run))
    })
    let set = this.#underWay.get(run)
    if (!set) this.#underWay.set(run, (set = new Set()))
    set.add(tell)
    try {
      return await Promise.race([promise, end])
    } finally {
      set.delete(tell)
      if (set.size === 0 && this.#underWay.get(run) === set) this.#underWay.delete(run)
    }
  }

  /** Asks the scheduler for a task, by its name there. */
  async #askFor(slot: number, name: string, args: object): Promise<unknown> {
    const { machine } = this.#options
    const isThere = this.#watch(slot)
    const answer = await this.#options.askScheduler(name, { graph: machine.graphOf(slot), task: machine.taskOf(slot), ...args })
    if (!isThere()) throw gone()
    return answer
  }

  /** Says later whether the slot is still that of the same task: its thread may have died, and another have it. */
  #watch(slot: number): () => boolean {
    const part = this.#part(slot)
    return () => this.#tasks.get(slot) === part
  }

  #part(slot: number): TaskPart {
    let part = this.#tasks.get(slot)
    if (!part) this.#tasks.set(slot, (part = { runs: new Set(), opened: [], inVain: false }))
    return part
  }

  #gate(owner: number): ByteGate {
    let gate = this.#gates.get(owner)
    if (!gate) this.#gates.set(owner, (gate = new movers.code.ByteGate(this.#options.peerBytes)))
    return gate
  }
}

function gone(): InvariantError {
  return new InvariantError('the task that asked is gone')
}
