import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Input, Rig } from './rig.js'

/** What the model knows under a graph and task, or of a slot that nothing leads to any more. */
interface Entry {
  readonly key: string
  readonly attempt: number
  state: 'waiting' | 'ready' | 'handed' | 'suspended' | 'memory' | 'fetching'
  readonly order: readonly number[]
  /** fetching: who waits; its holder */
  waiters: Entry[]
  readonly holder: number
  missing: number
  slot: number
  abandoned: boolean
  /** fetching: the scheduler asked for it */
  asked: boolean
}

/** The worker again, written for clearness only: objects in a map, nothing counted, nothing used twice. */
class Model {
  readonly #known = new Map<string, Entry>()
  readonly handed: Entry[] = []
  #said: string[] = []

  get size(): number {
    return this.#known.size + this.handed.filter((e) => e.abandoned).length
  }

  said(): string[] {
    const lines = this.#said
    this.#said = []
    return lines
  }

  #entry(key: string, attempt: number, state: Entry['state'], order: readonly number[] = [], holder = -1): Entry {
    const entry: Entry = { key, attempt, state, order, waiters: [], holder, missing: 0, slot: -1, abandoned: false, asked: false }
    this.#known.set(key, entry)
    return entry
  }

  compute(key: string, attempt: number, order: readonly number[], inputs: readonly Input[]): void {
    const known = this.#known.get(key)
    if (known && known.attempt === attempt && known.state !== 'fetching') return
    if (known) this.#outdate(known)
    const entry = this.#entry(key, attempt, 'waiting', order)
    for (const [graph, task, inputAttempt, holder] of inputs) {
      const inputKey = `${graph}/${task}`
      let input = this.#known.get(inputKey)
      if (input && (input.attempt !== inputAttempt || (input.state !== 'memory' && input.state !== 'fetching'))) {
        this.#outdate(input)
        input = undefined
      }
      if (!input) {
        input = this.#entry(inputKey, inputAttempt, 'fetching', [], holder)
        this.#said.push(`fetch ${inputKey}#${inputAttempt} from ${holder}`)
      }
      if (input.state === 'fetching') {
        input.waiters.push(entry)
        entry.missing++
      }
    }
    if (entry.missing === 0) entry.state = 'ready'
  }

  #outdate(entry: Entry): void {
    this.#known.delete(entry.key)
    if (entry.state === 'memory') this.#said.push(`drop ${entry.key}#${entry.attempt} in ${entry.slot}`)
    if (entry.state === 'fetching') this.#missing(entry)
    if (entry.state === 'handed' || entry.state === 'suspended') {
      entry.abandoned = true
      this.#said.push(`abort ${entry.key}#${entry.attempt} in ${entry.slot}`)
    }
  }

  steal(key: string, attempt: number): void {
    const entry = this.#of(key, attempt)
    const isGiven = entry?.state === 'waiting' || entry?.state === 'ready'
    if (isGiven) this.#known.delete(key)
    this.#said.push(`${isGiven ? 'stolen' : 'kept'} ${key}#${attempt}`)
  }

  confirm(key: string, attempt: number): void {
    this.#said.push(`${this.#of(key, attempt)?.state === 'memory' ? 'hasReplica' : 'lacks'} ${key}#${attempt}`)
  }

  replicate(key: string, attempt: number, holder: number): void {
    const known = this.#known.get(key)
    if (known && known.state !== 'memory' && known.state !== 'fetching') {
      this.#said.push(`missing ${key}#${attempt} < ${key}#${attempt}@${holder}`)
    } else if (known?.attempt === attempt) {
      if (known.state === 'memory') this.#said.push(`hasReplica ${key}#${attempt}`)
      else known.asked = true
    } else {
      if (known) this.#outdate(known)
      this.#entry(key, attempt, 'fetching', [], holder).asked = true
      this.#said.push(`fetch ${key}#${attempt} from ${holder}`)
    }
  }

  #missing(input: Entry): void {
    for (const waiter of new Set(input.waiters)) {
      if (waiter.state !== 'waiting' || this.#known.get(waiter.key) !== waiter) continue
      this.#known.delete(waiter.key)
      this.#said.push(`missing ${waiter.key}#${waiter.attempt} < ${input.key}#${input.attempt}@${input.holder}`)
    }
    const what = `${input.key}#${input.attempt}`
    if (input.asked) this.#said.push(`missing ${what} < ${what}@${input.holder}`)
  }

  /** What is known under that key, if it is of that attempt. */
  #of(key: string, attempt: number): Entry | undefined {
    const entry = this.#known.get(key)
    return entry?.attempt === attempt ? entry : undefined
  }

  free(key: string, attempt: number): void {
    const entry = this.#of(key, attempt)
    if (entry?.state === 'memory' || entry?.state === 'fetching') this.#outdate(entry)
  }

  cancel(key: string, attempt: number): void {
    const entry = this.#of(key, attempt)
    if (entry && entry.state !== 'fetching') this.#outdate(entry)
  }

  fetched(key: string, attempt: number, slot: number): boolean {
    const entry = this.#of(key, attempt)
    if (entry?.state !== 'fetching') return false
    entry.state = 'memory'
    entry.slot = slot
    this.#said.push(`hasReplica ${key}#${attempt}`)
    for (const waiter of entry.waiters) {
      waiter.missing--
      if (waiter.missing === 0 && waiter.state === 'waiting' && this.#known.get(waiter.key) === waiter) waiter.state = 'ready'
    }
    return true
  }

  fetchFailed(key: string, attempt: number): void {
    const entry = this.#of(key, attempt)
    if (entry?.state !== 'fetching') return
    this.#known.delete(key)
    this.#missing(entry)
  }

  /** The task that must come next. */
  next(slot: number): string | undefined {
    const ready = [...this.#known.values()].filter((e) => e.state === 'ready')
    const [first] = ready.toSorted((a, b) => a.order.map((x, i) => x - b.order[i]!).find((d) => d !== 0) ?? 0)
    if (!first) return undefined
    first.state = 'handed'
    first.slot = slot
    this.handed.push(first)
    return first.key
  }

  suspended(entry: Entry): void {
    if (entry.abandoned || entry.state === 'suspended') return
    entry.state = 'suspended'
    this.#said.push(`suspended ${entry.key}#${entry.attempt}`)
  }

  ended(entry: Entry, how: 'executed' | 'failed' | 'interrupted'): void {
    this.handed.splice(this.handed.indexOf(entry), 1)
    if (entry.abandoned) return
    const what = `${entry.key}#${entry.attempt}`
    if (how === 'executed') {
      entry.state = 'memory'
      this.#said.push(`finished ${what} 8 bytes 1 s`)
      return
    }
    this.#known.delete(entry.key)
    this.#said.push(how === 'failed' ? `erred ${what}` : `interrupted ${what} charged`)
  }
}

const task = fc.nat({ max: 5 })
const attempt = fc.integer({ min: 1, max: 3 })
const where = { graph: fc.integer({ min: 1, max: 2 }), task, attempt }
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('compute' as const),
        ...where,
        priority: fc.integer({ min: -1, max: 1 }),
        inputs: fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), task, attempt, fc.nat({ max: 3 })), { maxLength: 3 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          ...(['free', 'cancel', 'fetched', 'fetched', 'fetchFailed', 'steal', 'confirm', 'replicate'] as const),
        ),
        ...where,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'next' as const,
          'next' as const,
          'suspended' as const,
          'executed' as const,
          'failed' as const,
          'interrupted' as const,
        ),
        pick: fc.nat({ max: 100 }),
      }),
    },
  ),
  { maxLength: 80 },
)

test('random scripts: the machine reports what a plain model of it does', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const rig = new Rig()
      const { worker } = rig
      const model = new Model()
      for (const step of script) {
        if (step.kind === 'compute') {
          const own = [step.graph, step.task] as const
          const inputs = step.inputs.filter(([graph, t]) => graph !== own[0] || t !== own[1])
          const { priority } = step
          rig.compute(step.task, { graph: step.graph, attempt: step.attempt, priority, inputs })
          model.compute(`${step.graph}/${step.task}`, step.attempt, [-priority, step.graph, step.task], inputs)
        } else if ('graph' in step) {
          const key = `${step.graph}/${step.task}`
          if (step.kind === 'fetched') {
            const slot = worker.fetched(step.graph, step.task, step.attempt)
            assert.equal(slot >= 0, model.fetched(key, step.attempt, slot))
          } else if (step.kind === 'replicate') {
            worker.replicate(step.graph, step.task, step.attempt, 3)
            model.replicate(key, step.attempt, 3)
          } else {
            worker[step.kind](step.graph, step.task, step.attempt)
            model[step.kind](key, step.attempt)
          }
        } else if (step.kind === 'next') {
          const slot = worker.next()
          const expected = model.next(slot)
          assert.equal(slot < 0 ? undefined : `${worker.graphOf(slot)}/${worker.taskOf(slot)}`, expected)
        } else {
          const entry = model.handed[step.pick % model.handed.length]
          if (!entry) continue
          assert.equal(worker.isNeeded(entry.slot), !entry.abandoned)
          if (step.kind === 'suspended') {
            worker.suspended(entry.slot)
            model.suspended(entry)
          } else {
            const { kind } = step
            if (kind === 'executed') assert.equal(worker.executed(entry.slot, 8, 1), !entry.abandoned)
            else if (kind === 'failed') assert.equal(worker.failed(entry.slot), !entry.abandoned)
            else worker.interrupted(entry.slot, true)
            model.ended(entry, kind)
          }
        }
        assert.deepEqual(rig.reports(), model.said())
        assert.equal(worker.size, model.size)
      }
    }),
    { numRuns: 3000 },
  )
})
