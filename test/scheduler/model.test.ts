import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Graph } from '../../src/graph/index.js'
import { Rig, graphOf, upTo } from './rig.js'

/*
 * Random scripts of events, checked against what can be known without knowing how the scheduler works: which tasks each
 * worker was given, what every instruction may refer to, and what must be true when everything has been answered.
 */

/** A graph: for each task, how far back its inputs are, and its layer. */
const graphs = fc
  .array(fc.record({ back: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }), layer: fc.integer({ min: 0, max: 2 }) }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((tasks): Graph => {
    // Layers are contiguous in `graphOf`, so the tasks are taken in the order of their layers.
    const sorted = tasks.toSorted((a, b) => a.layer - b.layer)
    const layers: Record<string, number[][]> = {}
    sorted.forEach(({ back, layer }, t) => {
      layers[`l${layer}`] ??= []
      layers[`l${layer}`]!.push(back.filter((b) => b <= t).map((b) => t - b))
    })
    return graphOf(layers, { l1: { retries: 1 }, l2: { priority: 1 } })
  })

type Step =
  | {
      kind:
        | 'join'
        | 'finish'
        | 'throw'
        | 'suspend'
        | 'interrupt'
        | 'missing'
        | 'replica'
        | 'flush'
        | 'release'
        | 'want'
        | 'retry'
        | 'answer'
      pick: number
    }
  | { kind: 'lose'; pick: number; expected: boolean }
  | { kind: 'submit'; graph: Graph; wanted: number; source: boolean }

const pick = fc.nat({ max: 1 << 16 })
const steps = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('submit' as const), graph: graphs, wanted: pick, source: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), pick, expected: fc.boolean() }) },
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          ...([
            'join',
            'finish',
            'finish',
            'finish',
            'throw',
            'suspend',
            'interrupt',
            'missing',
            'replica',
            'flush',
            'flush',
            'release',
            'want',
            'retry',
            'answer',
          ] as const),
        ),
        pick,
      }),
    },
  ),
  { minLength: 1, maxLength: 60 },
)

interface Sent {
  readonly worker: number
  readonly graph: number
  readonly task: number
  readonly attempt: number
}

/** The world around a scheduler, as little of it as needed. */
class World {
  readonly rig = new Rig({ allowedFailures: 2 })
  readonly workers = new Set<number>()
  /** what each task was sent as, until it is answered or cancelled */
  readonly running = new Map<string, Sent>()
  readonly graphs = new Map<number, { graph: Graph; wanted: Set<number>; told: Map<number, string> }>()
  /** copies that scheduler knows of: by `graph/task`, the workers */
  readonly held = new Map<string, Set<number>>()
  /** whether workers have values, and whether they give tasks back: what they were asked and have not answered */
  asked: Sent[] = []
  stealing: Sent[] = []

  flush(): void {
    for (const line of this.rig.flush()) {
      const words = /^(\w+) (\d+)(?:\/(\d+))?(?:#(\d+) (?:on|from) (\d+))?(?: < (.*))?$/.exec(line)!
      const [op, graph, task, attempt, worker] = [words[1], ...words.slice(2, 6).map(Number)] as [
        string,
        number,
        number,
        number,
        number,
      ]
      const key = `${graph}/${task}`
      switch (op) {
        case 'run': {
          assert.ok(this.workers.has(worker), line)
          assert.ok(!this.running.has(key), `${line}, which runs already`)
          for (const input of words[6]?.split(' ') ?? []) {
            const [, address, holder] = /^(\d+\/\d+)#\d+@(\d+)$/.exec(input)!
            assert.ok(this.held.get(address!)?.has(Number(holder)), `${line}: ${input} is not there`)
          }
          this.running.set(key, { worker, graph, task, attempt })
          break
        }
        case 'cancel':
          if (this.workers.has(worker)) assert.deepEqual(this.running.get(key), { worker, graph, task, attempt }, line)
          this.running.delete(key)
          break
        case 'free':
          this.held.get(key)?.delete(worker)
          break
        case 'confirm':
          assert.ok(this.workers.has(worker), line)
          this.asked.push({ worker, graph, task, attempt })
          break
        case 'steal':
          assert.deepEqual(this.running.get(key), { worker, graph, task, attempt }, line)
          this.stealing.push({ worker, graph, task, attempt })
          break
        case 'forgotten':
          assert.equal(this.graphs.get(graph)!.wanted.size, 0, line)
          this.graphs.delete(graph)
          break
        default: {
          const g = this.graphs.get(graph)!
          // What was said before a release of the same tick is no news.
          g.told.set(task, op)
        }
      }
    }
  }

  /** Workers answer what they were asked; every other task has begun already. */
  answer(): void {
    const { asked, stealing } = this
    this.asked = []
    this.stealing = []
    for (const { worker, graph, task, attempt } of asked) {
      if (!this.workers.has(worker)) continue
      if (this.held.get(`${graph}/${task}`)?.has(worker)) this.rig.scheduler.hasReplica(worker, graph, task, attempt)
      else this.rig.scheduler.lacks(worker, graph, task, attempt)
    }
    for (const sent of stealing) {
      const { worker, graph, task, attempt } = sent
      const key = `${graph}/${task}`
      if (!this.workers.has(worker)) continue
      const runs = this.running.get(key)
      if (task % 2 === 1 && runs?.worker === worker && runs.attempt === attempt) {
        this.running.delete(key)
        this.rig.scheduler.stolen(worker, graph, task, attempt)
      } else this.rig.scheduler.kept(worker, graph, task, attempt)
    }
    this.flush()
  }

  pickRunning(n: number): Sent | undefined {
    const all = [...this.running.values()]
    return all[n % all.length]
  }

  hold(sent: Sent): void {
    const key = `${sent.graph}/${sent.task}`
    this.running.delete(key)
    this.held.set(key, new Set([sent.worker]))
  }

  run(step: Step): void {
    const { scheduler } = this.rig
    switch (step.kind) {
      case 'flush':
        this.flush()
        break
      case 'answer':
        this.answer()
        break
      case 'join':
        if (this.workers.size < 4) this.workers.add(this.rig.worker(1 + (step.pick % 3), { name: `w${step.pick % 7}` }))
        break
      case 'lose': {
        this.flush()
        const w = [...this.workers][step.pick % this.workers.size]
        if (w === undefined) break
        this.workers.delete(w)
        for (const [key, { worker }] of this.running) if (worker === w) this.running.delete(key)
        for (const holders of this.held.values()) holders.delete(w)
        this.rig.lose(w, step.expected)
        this.flush()
        break
      }
      case 'submit': {
        const { graph } = step
        const wanted = new Set(upTo(graph.size).filter((t) => t === graph.size - 1 || (step.wanted >> t) & 1))
        const live = [...this.graphs].filter(([, g]) => g.wanted.size > 0)
        const other = step.source ? live[step.wanted % live.length] : undefined
        const first = other ? upTo(graph.size).filter((t) => graph.dependenciesOf(t).length === 0) : []
        const sources = new Map(first.slice(0, 2).map((t) => [t, { graph: other![0], task: t % other![1].graph.size }]))
        const id = this.rig.submit(graph, { wanted: [...wanted], sources })
        this.graphs.set(id, { graph, wanted, told: new Map() })
        break
      }
      case 'release':
      case 'want':
      case 'retry': {
        const live = [...this.graphs].filter(([, g]) => g.wanted.size > 0)
        const chosen = live[step.pick % live.length]
        if (!chosen) break
        const [id, g] = chosen
        const task = (step.pick >> 4) % g.graph.size
        if (step.kind === 'retry') scheduler.retry(id, task)
        else if (step.kind === 'release') {
          g.wanted.delete(task)
          scheduler.release(id, [task])
        } else {
          g.wanted.add(task)
          scheduler.want(id, [task])
        }
        break
      }
      default: {
        this.flush()
        const sent = this.pickRunning(step.pick)
        if (!sent) break
        const { worker, graph, task, attempt } = sent
        if (step.kind === 'finish') {
          scheduler.finished(worker, graph, task, attempt, step.pick % 1000, 0.001)
          this.hold(sent)
        } else if (step.kind === 'throw') {
          this.running.delete(`${graph}/${task}`)
          scheduler.erred(worker, graph, task, attempt, new Error('thrown'), 'thrown')
        } else if (step.kind === 'interrupt') {
          this.running.delete(`${graph}/${task}`)
          scheduler.interrupted(worker, graph, task, attempt, step.pick % 2 === 0, 'it died')
        } else if (step.kind === 'suspend') scheduler.suspended(worker, graph, task, attempt)
        else {
          const inputs = this.graphs.get(graph)?.graph.dependenciesOf(task)
          const d = inputs?.[step.pick % inputs.length]
          if (d === undefined) break
          const address = scheduler.addressOf(graph, d)
          const holders = this.held.get(`${address.graph}/${address.task}`)
          const [holder] = holders ?? []
          if (holder === undefined || holder === worker) break
          // The attempt is not known here: one of the few it can be.
          for (let a = 1; a < 12; a++) {
            if (step.kind === 'missing') scheduler.inputMissing(worker, graph, task, attempt, address, a, holder)
            else scheduler.hasReplica(worker, address.graph, address.task, a)
          }
          if (step.kind === 'missing') this.running.delete(`${graph}/${task}`)
          else if (scheduler.holdersOf(address.graph, address.task).includes(worker)) holders!.add(worker)
          this.flush()
          // Frees of the attempts that were guessed wrong say nothing about this copy.
          if (step.kind === 'replica' && scheduler.holdersOf(address.graph, address.task).includes(worker)) holders!.add(worker)
        }
      }
    }
  }

  /** Answers everything that is asked, until nothing is. */
  drain(): void {
    if (this.workers.size === 0) this.workers.add(this.rig.worker(2))
    this.flush()
    this.answer()
    for (let n = 0; this.running.size > 0; n++) {
      assert.ok(n < 10_000, 'it goes round in circles')
      const sent = this.pickRunning(0)!
      this.rig.scheduler.finished(sent.worker, sent.graph, sent.task, sent.attempt, 8, 0.001)
      this.hold(sent)
      this.flush()
      this.answer()
    }
  }
}

test('random scripts: nothing impossible is said, everything wanted is settled, nothing is left', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const world = new World()
      const { scheduler } = world.rig
      for (const step of script) world.run(step)
      world.drain()
      for (const [id, g] of world.graphs) {
        for (const t of g.wanted) {
          const state = scheduler.stateOf(id, t)
          assert.ok(state === 'memory' || state === 'erred', `${id}/${t} is ${state}`)
          assert.equal(g.told.get(t), state, `what was told of ${id}/${t} last`)
          if (state === 'erred') assert.ok(scheduler.errorOf(id, t) instanceof Error)
          else assert.ok(scheduler.holdersOf(id, t).length > 0)
        }
      }
      for (const [id, g] of world.graphs) {
        scheduler.release(id, [...g.wanted])
        g.wanted.clear()
      }
      world.drain()
      assert.equal(scheduler.graphCount, 0)
      assert.equal(world.graphs.size, 0)
    }),
    { numRuns: 1500 },
  )
})
