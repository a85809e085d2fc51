import { Moved } from '../../src/base/index.js'
import { Shuffles, type ShufflesOptions } from '../../src/cluster/worker/shuffles.js'
import { ShuffleAsk, type ShuffleAnswer, type ShuffleQuestion, ShuffleStatus } from '../../src/protocol/index.js'
import type { TaskContext } from '../../src/graph/index.js'
import {
  type Joined,
  type Open,
  type Opened,
  type Packed,
  type RunNotice,
  type Sealed,
  type Send,
  type ShardPacker,
  type Transferred,
  movers,
} from '../../src/shuffle/index.js'
import { Link } from './event-queue.js'
import { type GraphPlan, valueOf } from './plan.js'
import { SimulatedDisk } from './simulated-disk.js'
import type { SimulatedWorker } from './simulated-worker.js'
import { type ShufflePart, recordsOf } from './shuffle-plan.js'

await movers.load()
const { ShardPacker: Packer, questions, seal } = movers.code

/** Seconds after which a worker that cannot be reached is given up. */
const PATIENCE = 0.01

/** A task that is part of a shuffle, and runs. */
export interface RunningPart {
  readonly slot: number
  readonly plan: GraphPlan
  readonly task: number
  readonly inputs: readonly unknown[]
  /** it has ended: nothing that it asked for is answered any more */
  isOver(): boolean
}

/** The service of shuffles in a simulated worker: the real one, with simulated connections, on a simulated disk. */
export class SimulatedShuffles {
  readonly service: Shuffles
  readonly disk: SimulatedDisk
  readonly #worker: SimulatedWorker
  readonly #links = new Map<SimulatedWorker, Link>()
  /** what those do who have asked something that is not answered when this worker vanishes */
  readonly #owed = new Set<() => void>()

  constructor(worker: SimulatedWorker) {
    this.#worker = worker
    const { sim, machine } = worker
    const { memory, peerBytes, sendBytes, fullDisk } = sim.plan.shuffle!
    this.disk = new SimulatedDisk({
      wait: () => this.#pass(sim.random.next() * 0.002),
      isFull: () => {
        if (!sim.misfortune(fullDisk)) return false
        sim.ledger.fullDisks++
        return true
      },
    })
    const options: ShufflesOptions = {
      name: worker.name,
      machine,
      memory,
      peerBytes,
      sendBytes,
      folder: () => '/simulated',
      disk: this.disk,
      index: () => worker.index,
      layerOf: (slot) => machine.graphOf(slot) * 100 + sim.planOf(machine.graphOf(slot)).graph.layerOf[machine.taskOf(slot)]!,
      askScheduler: (name, args) => this.#askScheduler(name, args),
      askPeer: (address, question) => this.#askPeer(address, question),
    }
    this.service = sim.newService(options)
  }

  /** The scheduler says something. */
  told(what: RunNotice, run: number): void {
    if (what === 'shuffle.begin') this.service.begin(run)
    else this.service.end(run)
    this.#worker.sim.stir()
  }

  /** Whoever waits for an answer hears that the connection is gone. */
  vanish(): void {
    for (const give of this.#owed) give()
    this.#owed.clear()
  }

  /** What must not be there when nothing of any shuffle is needed any more. */
  get left(): string | undefined {
    const { runs, bytes, diskBytes, files, open } = this.service.use
    const counts = { runs, bytes, diskBytes, files, open, remembered: this.service.remembered, disk: this.disk.size }
    return Object.values(counts).some((count) => count !== 0) ? JSON.stringify(counts) : undefined
  }

  // ---- what tasks do

  /** Runs a task. Resolves with its value; never, when it is over before. */
  run(part: ShufflePart, run: RunningPart): Promise<unknown> {
    if (part.role === 'transfer') return this.#transfer(part, run)
    if (part.role === 'seal') return this.#seal(part.outputs, run)
    return this.#read(part.output, run)
  }

  async #transfer(part: ShufflePart & { role: 'transfer' }, run: RunningPart): Promise<Transferred> {
    const { sim } = this.#worker
    const own = run.plan.graph.own(run.task) as number
    const joined = (await this.#ask(run, questions.join, { outputs: part.outputs })) as Joined
    const records = recordsOf(run.inputs, own, part)
    const sending: Promise<unknown>[] = []
    for (let batch = 0; batch < part.batches; batch++) {
      if (batch > 0) await this.#whileRunning(run, this.#pass(sim.random.next() * 0.003))
      const packers = new Map<number, ShardPacker>()
      const from = Math.floor((records.length * batch) / part.batches)
      const to = Math.floor((records.length * (batch + 1)) / part.batches)
      for (const { output, value } of records.slice(from, to)) {
        const owner = joined.owners[output]!
        if (!packers.has(owner)) packers.set(owner, new Packer())
        packers.get(owner)!.add(output, 1, (allocate) => writeRecord(value, allocate))
      }
      for (const [owner, packer] of packers) {
        const { run: id, transfer } = joined
        const packed = packer.take() as Packed
        const sent = this.#ask(run, questions.send, { run: id, transfer, owner, ...packed } satisfies Send)
        // It is waited for below; what comes before that must not count as unheard.
        sent.catch(() => undefined)
        sending.push(sent)
      }
    }
    await Promise.all(sending)
    return [joined.run, joined.transfer]
  }

  #seal(outputs: number, run: RunningPart): Promise<Sealed> {
    const context = {
      key: run.plan.graph.keyOf(run.task),
      ask: (name: string, args: unknown) => this.#ask(run, name, args),
    } as unknown as TaskContext
    return seal(run.inputs as Transferred[], outputs, context)
  }

  async #read(output: number, run: RunningPart): Promise<number> {
    const records: number[] = []
    for (const sealed of run.inputs as Sealed[]) {
      for (let from = 0; from >= 0; ) {
        const opened = (await this.#ask(run, questions.open, { ...sealed, output, from } satisfies Open)) as Opened
        records.push(...this.#recordsIn(opened))
        from = opened.next
      }
    }
    return valueOf(records, run.plan.graph.own(run.task) as number)
  }

  #recordsIn({ shards, bytes, path }: Opened): number[] {
    const records: number[] = []
    for (let i = 0; i < shards.length; i += 3) {
      const at = shards[i]!
      const length = shards[i + 1]!
      if (shards[i + 2] !== 1) this.#worker.sim.fail(`a shard of ${shards[i + 2]} records has come, and there is none`)
      records.push(readRecord(at >= 0 ? bytes.subarray(at, at + length) : this.disk.range(path!, -1 - at, length)))
    }
    return records
  }

  async #ask(run: RunningPart, name: string, args: unknown): Promise<unknown> {
    const answer = await this.#whileRunning(run, this.service.answer(name, args, run.slot))
    return answer instanceof Moved ? answer.value : answer
  }

  /** The promise, as long as the task is there to hear of it. */
  #whileRunning<T>(run: RunningPart, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          if (!run.isOver()) resolve(value)
        },
        (error: unknown) => {
          if (!run.isOver()) reject(error)
        },
      )
    })
  }

  // ---- connections

  #askScheduler(name: string, args: object): Promise<unknown> {
    const { sim, toScheduler, fromScheduler } = this.#worker
    const times = sim.arrivals()
    return new Promise((resolve) => {
      toScheduler.send(() => {
        if (!sim.fleet.has(this.#worker)) return // the scheduler took leave of it
        for (let i = 0; i < times; i++) {
          const answer = sim.answerShuffle(this.#worker, name, args)
          fromScheduler.send(() => {
            resolve(answer)
            sim.stir()
          })
        }
      })
    })
  }

  #askPeer(address: string, question: ShuffleQuestion): Promise<ShuffleAnswer> {
    const worker = this.#worker
    const { sim } = worker
    const peer = sim.fleet.byAddress(address)
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        sim.ledger.unreached++
        sim.queue.after(PATIENCE * (0.5 + sim.random.next()), () => {
          reject(new Error(`${address} cannot be reached`))
          sim.stir()
        })
      }
      const isApart = (): boolean => !peer?.alive || sim.fleet.isCut(worker, peer)
      if (!peer || isApart()) return fail()
      if (peer === worker) sim.fail(`${worker.name} asks itself for a part of a shuffle`)
      this.#linkTo(peer).send(() => {
        if (isApart()) return fail()
        const owed = peer.shuffles!.#owed
        owed.add(fail)
        sim.keep(
          peer.shuffles!.#answer(question).then((answer) => {
            if (!owed.delete(fail)) return
            peer.shuffles!.#linkTo(worker).send(() => {
              if (!worker.alive) return
              if (isApart()) return fail()
              resolve(answer)
              sim.stir()
            })
          }),
        )
        sim.stir()
      })
    })
  }

  async #answer(question: ShuffleQuestion): Promise<ShuffleAnswer> {
    const { sim } = this.#worker
    const answer = await this.service.answerPeer(question)
    const what = question.ask === ShuffleAsk.take ? 'taken' : 'given'
    if (answer.status === ShuffleStatus.ended) sim.ledger.unreached++
    else if (answer.status === undefined && question.ask === ShuffleAsk.read && this.service.store.isEnded(question.run))
      sim.fail(`${this.#worker.name}: a part of the run ${question.run} is ${what}, which is over`)
    return { status: ShuffleStatus.done, next: -1, shards: new Float64Array(0), bytes: new Uint8Array(0), problem: '', ...answer }
  }

  #linkTo(peer: SimulatedWorker): Link {
    let link = this.#links.get(peer)
    if (!link) this.#links.set(peer, (link = new Link(this.#worker.sim.queue, () => this.#worker.delay())))
    return link
  }

  /** Resolves so many seconds later. */
  #pass(seconds: number): Promise<void> {
    const { sim } = this.#worker
    return new Promise((resolve) => {
      sim.queue.after(seconds, () => {
        if (!this.#worker.alive) return
        resolve()
        sim.stir()
      })
    })
  }
}

/** A record takes more or less room, and says what it is in its first bytes. */
function writeRecord(value: number, allocate: (length: number) => Uint8Array): void {
  const bytes = allocate(4 + ((value >>> 3) % 40))
  bytes.fill(value & 255)
  for (let i = 0; i < 4; i++) bytes[i] = value >>> (8 * i)
}

function readRecord(bytes: Uint8Array): number {
  return bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)
}
