import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { Flags } from '../../src/cluster/scheduler/coordination/flags.js'
import type { Leave, Party } from '../../src/cluster/scheduler/coordination/party.js'
import { Queues } from '../../src/cluster/scheduler/coordination/queues.js'
import { Variables } from '../../src/cluster/scheduler/coordination/variables.js'

interface Put {
  readonly items: readonly number[]
  leave: Leave
  in: boolean
  over: boolean
}

interface Get {
  readonly party: Party
  readonly most: number
  leave: Leave
  got: number[] | undefined
  over: boolean
}

/** A queue, and what must be true of it by what was asked of it. */
class Checked {
  readonly queues = new Queues<number>()
  readonly parties: Party[] = Array.from({ length: 3 }, (_, i) => ({ name: `party ${i}`, isThere: true }))
  readonly puts: Put[] = []
  readonly gets: Get[] = []
  readonly maximum: number | undefined
  /** what must be in the queue, in order */
  content: number[] = []
  #next = 0

  constructor(maximum: number | undefined) {
    this.maximum = maximum
  }

  use(party: Party): { name: string; party: Party; maximum: number | undefined } {
    return { name: 'q', party, maximum: this.maximum }
  }

  put(party: Party, count: number): void {
    const put: Put = { items: Array.from({ length: count }, () => this.#next++), leave: () => false, in: false, over: false }
    this.puts.push(put)
    put.leave = this.queues.put(this.use(party), put.items, () => {
      // It is its turn, and there is room.
      assert.equal(
        this.puts.find((other) => !other.over),
        put,
      )
      assert.ok(this.content.length + put.items.length <= (this.maximum ?? Infinity))
      put.in = true
      put.over = true
      this.content.push(...put.items)
    })
  }

  get(party: Party, most: number): void {
    const get: Get = { party, most, leave: () => false, got: undefined, over: false }
    this.gets.push(get)
    get.leave = this.queues.get(this.use(party), most, (items) => {
      assert.equal(
        this.gets.find((other) => !other.over && other.party.isThere),
        get,
      )
      assert.deepEqual(items, this.content.splice(0, most))
      assert.ok(items.length > 0)
      get.got = items
      get.over = true
    })
  }

  check(): void {
    assert.equal(this.queues.length('q'), this.content.length)
    const putter = this.puts.find(({ over }) => !over)
    if (putter) assert.ok(this.content.length + putter.items.length > this.maximum!)
    if (this.content.length > 0) assert.ok(!this.gets.some(({ over, party }) => !over && party.isThere))
  }
}

type Command = (to: Checked) => void
const party = fc.nat(2)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(party, fc.integer({ min: 1, max: 4 })).map(
    ([p, n]): Command =>
      (to) =>
        to.put(to.parties[p]!, Math.min(n, to.maximum ?? n)),
  ),
  fc.tuple(party, fc.constantFrom(1, 2, Infinity)).map(
    ([p, most]): Command =>
      (to) =>
        to.get(to.parties[p]!, most),
  ),
  party.map(
    (p): Command =>
      (to) => {
        const one = to.parties[p]!
        one.isThere = !one.isThere
        if (one.isThere) to.queues.back(one)
      },
  ),
  fc.tuple(fc.boolean(), fc.nat()).map(
    ([isPut, n]): Command =>
      (to) => {
        const waiting = (isPut ? to.puts : to.gets).filter(({ over }) => !over)
        const one = waiting[n % Math.max(1, waiting.length)]
        if (!one) return
        one.over = true
        assert.equal(one.leave(), true)
        assert.equal(one.leave(), false)
      },
  ),
)

test('queues: every item comes out once, in order, to whoever asked first and is there', () => {
  fc.assert(
    fc.property(
      fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      fc.array(command, { maxLength: 60 }),
      (maximum, all) => {
        const checked = new Checked(maximum)
        for (const run of all) {
          run(checked)
          checked.check()
        }
        const got = checked.gets.flatMap(({ got: items }) => items ?? [])
        const put = checked.puts.filter((p) => p.in).flatMap(({ items }) => items)
        assert.deepEqual(new Set([...got, ...checked.content]), new Set(put))
        assert.equal(got.length + checked.content.length, put.length)
        // When all have left nothing remains of it.
        for (const one of [...checked.puts, ...checked.gets]) {
          one.over = true
          one.leave()
        }
        checked.queues.delete('q')
        for (const one of checked.parties) checked.queues.drop(one)
        assert.equal(checked.queues.size, 0)
      },
    ),
    { numRuns: 500 },
  )
})

test('queues: many items are no burden', () => {
  const queues = new Queues<number>()
  const me: Party = { name: 'me', isThere: true }
  const use = { name: 'q', party: me, maximum: undefined }
  for (let i = 0; i < 5000; i++) queues.put(use, [i], () => undefined)
  const got: number[] = []
  for (let i = 0; i < 5000; i++) queues.get(use, 1, (items) => got.push(...items))
  assert.deepEqual(
    got,
    Array.from({ length: 5000 }, (_, i) => i),
  )
  assert.equal(queues.size, 0)
})

test('queues: a maximum is kept while somebody who uses the queue is there', () => {
  const queues = new Queues<number>()
  const me: Party = { name: 'me', isThere: true }
  const other: Party = { name: 'other', isThere: true }
  const ignore = (): void => undefined
  queues.put({ name: 'q', party: me, maximum: 2 }, [1], ignore)
  queues.get({ name: 'q', party: other, maximum: undefined }, 1, ignore)
  assert.throws(() => queues.put({ name: 'q', party: other, maximum: 3 }, [1], ignore), ArgumentError)
  queues.drop(other)
  assert.throws(() => queues.put({ name: 'q', party: other, maximum: 3 }, [1], ignore), ArgumentError)
  queues.drop(other)
  queues.drop(me)
  assert.equal(queues.size, 0)
  queues.put({ name: 'q', party: other, maximum: 3 }, [1, 2, 3], ignore)
  assert.deepEqual(queues.clear(), [1, 2, 3])
  assert.equal(queues.size, 0)
})

test('events and variables: who waits is told once, who leaves is not, and nothing is left', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('set', 'unset', 'wait', 'leave'), fc.nat()), { maxLength: 40 }), (steps) => {
      const flags = new Flags()
      const variables = new Variables<number>()
      let value: number | undefined
      const waits: { told: unknown[]; expected: unknown[]; leaves: Leave[]; over: boolean }[] = []
      for (const [what, n] of steps) {
        if (what === 'set') {
          assert.equal(variables.set('x', n), value)
          flags.set('x')
          value = n
          for (const wait of waits.filter(({ over }) => !over)) {
            wait.over = true
            wait.expected.push(n, true)
          }
        } else if (what === 'unset') {
          assert.equal(variables.delete('x'), value)
          flags.clear('x')
          value = undefined
        } else if (what === 'wait') {
          const told: unknown[] = []
          const over = value !== undefined
          const leaves = [variables.get('x', (v) => told.push(v)), flags.wait('x', () => told.push(true))]
          waits.push({ told, expected: over ? [value, true] : [], leaves, over })
        } else {
          const wait = waits[n % Math.max(1, waits.length)]
          for (const leave of wait?.leaves ?? []) assert.equal(leave(), !wait!.over)
          if (wait) wait.over = true
        }
        assert.equal(flags.isSet('x'), value !== undefined)
        for (const { told, expected } of waits) assert.deepEqual(told, expected)
      }
      assert.deepEqual(variables.clear(), value === undefined ? [] : [value])
      flags.clearAll()
      for (const { leaves } of waits) for (const leave of leaves) leave()
      assert.equal(flags.size + variables.size, 0)
    }),
  )
})
