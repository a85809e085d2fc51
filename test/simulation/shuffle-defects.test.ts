// Defects, planted in what scheduler and workers have of shuffles: the simulator must find them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Shuffles } from '../../src/cluster/worker/shuffles.js'
import { ShuffleAsk, type ShuffleAnswer, type ShuffleQuestion } from '../../src/protocol/index.js'
import { type JoinAnswer, type RunGround, type SealAnswer, type ShuffleRuns, movers } from '../../src/shuffle/index.js'
import { hasShuffles } from './shuffle-plan.js'
import { type Machines, realMachines, simulate } from './simulation.js'

await movers.load()
const { PartitionStore, ShuffleRuns: Runs } = movers.code

const withGround = (change: (ground: RunGround) => Partial<RunGround>): Partial<Machines> => ({
  // Its properties are looked up, since some are there later only.
  runs: (ground) => new Runs({ ...ground, ...change(ground) }),
})

const withRuns = (Defective: new (ground: RunGround) => ShuffleRuns): Partial<Machines> => ({
  runs: (ground) => new Defective(ground),
})

const withService = (Defective: typeof Shuffles): Partial<Machines> => ({ shuffles: (options) => new Defective(options) })

const defects: Record<string, Partial<Machines>> = {
  'what transfers gave to a run that is over is not taken back': withGround(({ machine }) => ({
    machine: {
      stateOf: (graph, task) => machine.stateOf(graph, task),
      prefer: (graph, task, worker) => machine.prefer(graph, task, worker),
      isOpen: (worker) => machine.isOpen(worker),
      discard: () => {},
    },
  })),
  'owners are not told that a run is over': withGround((ground) => ({
    tell: (worker, what, run) => what === 'shuffle.begin' && ground.tell(worker, what, run),
  })),
  'one of the owners is not told that a run is over': withGround((ground) => ({
    tell: (worker, what, run) => (what === 'shuffle.begin' || worker > 0) && ground.tell(worker, what, run),
  })),
  'owners are not told that a run begins': withGround((ground) => ({
    tell: (worker, what, run) => what === 'shuffle.end' && ground.tell(worker, what, run),
  })),
  'all attempts to transfer have one number': withRuns(
    class extends Runs {
      override join(question: { graph: number; task: number; outputs: number }): JoinAnswer {
        const joined = super.join(question)
        return joined && { ...joined, transfer: question.task, more: 0 }
      }
    },
  ),
  'a seal takes transfers of any run': withRuns(
    class extends Runs {
      #last = 0
      override join(question: { graph: number; task: number; outputs: number }): JoinAnswer {
        const joined = super.join(question)
        this.#last = joined?.run ?? this.#last
        return joined
      }
      override seal(question: { graph: number; task: number; outputs: number; runs: Int32Array }): SealAnswer {
        return super.seal({ ...question, runs: question.runs.map(() => this.#last) })
      }
    },
  ),
  'a run that has lost an owner goes on': withRuns(
    class extends Runs {
      override workerLost(): void {}
      override broken(): undefined {}
    },
  ),
  'a run is not ended when nothing needs it any more': withRuns(
    class extends Runs {
      override freed(): void {}
      override forgotten(): void {}
    },
  ),
  'graphs that are over are remembered': withRuns(
    class extends Runs {
      override forgotten(): void {}
    },
  ),
  'a worker blames tasks for a run that is over': withService(
    class extends Shuffles {
      override isInVain(): boolean {
        return false
      }
    },
  ),
  'a worker remembers tasks that have ended': withService(
    class extends Shuffles {
      override ended(): void {}
    },
  ),
  'a worker takes what comes of runs that are over': withService(
    class extends Shuffles {
      constructor(options: ConstructorParameters<typeof Shuffles>[0]) {
        super(options)
        this.store.isEnded = () => false
        this.store.end = () => {}
      }
    },
  ),
  'a worker says that it has taken what it has not': withService(
    class extends Shuffles {
      #n = 0
      override answerPeer(question: ShuffleQuestion): Promise<Partial<ShuffleAnswer>> {
        if (question.ask === ShuffleAsk.take && ++this.#n % 5 === 0) return Promise.resolve({})
        return super.answerPeer(question)
      }
    },
  ),
  'a worker takes some shards twice': withService(
    class extends Shuffles {
      #n = 0
      override async answerPeer(question: ShuffleQuestion): Promise<Partial<ShuffleAnswer>> {
        if (question.ask === ShuffleAsk.take && ++this.#n % 5 === 0) await super.answerPeer(question)
        return await super.answerPeer(question)
      }
    },
  ),
  'a worker gives what every attempt has sent': withService(
    class extends Shuffles {
      constructor(options: ConstructorParameters<typeof Shuffles>[0]) {
        super(options)
        const { store } = this
        const all = (run: number): Int32Array => this.attempts.get(run) ?? new Int32Array(0)
        store.take = (run, transfer, packed) => {
          if (!all(run).includes(transfer)) this.attempts.set(run, Int32Array.from([...all(run), transfer]).sort())
          return PartitionStore.prototype.take.call(store, run, transfer, packed)
        }
        store.open = (run, output) => PartitionStore.prototype.open.call(store, run, output, all(run))
        store.read = (run, output, _, from) => PartitionStore.prototype.read.call(store, run, output, all(run), from)
      }
      readonly attempts = new Map<number, Int32Array>()
    },
  ),
  'whoever waits for room is never let in': withService(
    class extends Shuffles {
      #n = 0
      constructor(options: ConstructorParameters<typeof Shuffles>[0]) {
        super(options)
        const { store } = this
        store.take = async (...shards) => {
          await PartitionStore.prototype.take.apply(store, shards)
          if (++this.#n % 10 === 0) await new Promise(() => {})
        }
      }
    },
  ),
}

/** Seeds with shuffles in them that may be needed, from that one on: there most are found soon. */
const MOST = 300
const FIRST = 160

describe('a planted defect of shuffles is found', () => {
  for (const [name, machines] of Object.entries(defects)) {
    test(name, async () => {
      let left = MOST
      let seed = FIRST
      let found: string | undefined
      while (found === undefined && left > 0) {
        if (!hasShuffles(seed++)) continue
        left--
        found = (await simulate(seed - 1, { machines: { ...realMachines, ...machines } })).failure
      }
      assert.ok(found, `none of ${MOST} simulations with shuffles found it`)
    })
  }
})
