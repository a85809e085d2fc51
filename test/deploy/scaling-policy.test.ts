import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClusterLoad } from '../../src/protocol/index.js'
import { ScalingPolicy, type ScalingRules, type Unit, desiredWorkers } from '../../src/deploy/scaling-policy.js'

const rules: ScalingRules = { minimum: 0, maximum: 8, targetDuration: 5000, waitCount: 3, memoryShare: 0.6 }
const nothing: ClusterLoad = { tasks: 0, occupancy: 0, untimed: 0, suspended: 0, unrunnable: 0, workers: [] }
const worker = (name: string, tasks = 0, bytes = 0) => ({
  name,
  threads: 1,
  memoryLimit: undefined,
  tasks,
  bytes,
  leaving: false,
})
const unit = (name: string, tasks = 0, bytes = 0): Unit => ({ name, workers: [worker(name, tasks, bytes)] })

test('how many workers are wanted', () => {
  const wanted = (load: Partial<ClusterLoad>, threads = 1, memory?: number) =>
    desiredWorkers({ ...nothing, ...load }, rules, { threads, memory }).workers
  assert.equal(wanted({}), 0)
  // 40 s of work in 5 s: 8 threads.
  assert.equal(wanted({ tasks: 1000, occupancy: 40 }), 8)
  assert.equal(wanted({ tasks: 1000, occupancy: 40 }, 4), 2)
  // No more threads than tasks, but one where there is anything.
  assert.equal(wanted({ tasks: 3, occupancy: 4000 }), 3)
  assert.equal(wanted({ tasks: 1000, occupancy: 1e-6 }), 1)
  assert.equal(wanted({ tasks: 1e6, occupancy: 1e6 }), 8)
  assert.equal(wanted({ suspended: 10 }), 1)
  // Memory for what is held: 100 bytes, of which 60 may be taken, each.
  assert.equal(wanted({ workers: [worker('a', 0, 121)] }, 1, 100), 3)
  assert.equal(wanted({ workers: [worker('a', 0, 1)] }), 1)
  assert.equal(desiredWorkers(nothing, { ...rules, minimum: 2 }, { threads: 1 }).workers, 2)
})

test('a task of unknown duration takes at least as long as it has been there', () => {
  let now = 100
  const policy = new ScalingPolicy(rules, { now: () => now })
  const load = { ...nothing, tasks: 8, untimed: 8 }
  // 4 s in all, for all that is known.
  assert.equal(policy.look(load, [], { threads: 1 }).wanted, 1)
  now = 102.5
  assert.equal(policy.look(load, [], { threads: 1 }).wanted, 4)
  now = 110
  assert.equal(policy.look(load, [], { threads: 1 }).wanted, 8)
  policy.look(nothing, [], { threads: 1 })
  now = 120
  assert.equal(policy.look(load, [], { threads: 1 }).wanted, 1)
})

test('who leaves first: who has not come yet, then who is idle and holds least', () => {
  const policy = new ScalingPolicy({ ...rules, waitCount: 1 }, { now: () => 0 })
  const units = [unit('busy', 3), unit('full', 0, 500), unit('half', 0, 20), { name: 'coming', workers: [] }, unit('working', 1)]
  const leaving = (count: number): readonly string[] => {
    // As many tasks as threads are left.
    const left = units.length - count
    const step = policy.look({ ...nothing, tasks: left, occupancy: 1e6 }, units, { threads: 1 })
    return step.kind === 'down' ? step.retire : []
  }
  assert.deepEqual(leaving(1), ['coming'])
  assert.deepEqual(leaving(3), ['coming', 'half', 'full'])
  assert.deepEqual(leaving(5), ['coming', 'half', 'full', 'working', 'busy'])
})

test('whatever the load, a cluster that has grown does not shrink before it was too large for a while', () => {
  const loads = fc.array(fc.record({ tasks: fc.nat(12), seconds: fc.nat(60), bytes: fc.nat(300) }), { maxLength: 60 })
  fc.assert(
    fc.property(loads, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 5 }), (steps, minimum, waitCount) => {
      const own = { ...rules, minimum, waitCount }
      const policy = new ScalingPolicy(own, { now: () => 0 })
      let units: Unit[] = []
      let named = 0
      // The looks since the cluster last was not too large, oldest first.
      let enough: number[] = []
      for (const { tasks, seconds, bytes } of steps) {
        units = units.map(({ name }, i) => unit(name, i % 2, i === 0 ? bytes : 0))
        const load = { ...nothing, tasks, occupancy: tasks === 0 ? 0 : seconds, workers: units.flatMap(({ workers }) => workers) }
        const step = policy.look(load, units, { threads: 1, memory: 100 })
        assert.ok(step.wanted >= minimum && step.wanted <= own.maximum)
        enough = step.wanted >= units.length ? [] : [...enough, step.wanted]
        if (step.kind === 'up') {
          assert.equal(units.length + step.add, step.wanted)
          for (let n = 0; n < step.add; n++) units.push(unit(`w${named++}`))
        } else if (step.kind === 'down') {
          assert.equal(enough.length, waitCount)
          assert.equal(units.length - step.retire.length, Math.max(...enough))
          assert.equal(new Set(step.retire).size, step.retire.length)
          units = units.filter(({ name }) => !step.retire.includes(name))
          enough = []
        } else assert.ok(enough.length < waitCount || units.length === step.wanted)
      }
    }),
  )
})

/** A cluster that works off tasks of one second, whose workers take a while to come; a look a second. */
function sizesOf(arrivals: readonly number[], startup: number): number[] {
  let now = 0
  const policy = new ScalingPolicy(rules, { now: () => now })
  let fleet: { name: string; readyAt: number }[] = []
  let named = 0
  let queued = 0
  let timed = false
  const sizes: number[] = []
  for (; now < arrivals.length; now++) {
    queued += arrivals[now]!
    const joined = fleet.filter(({ readyAt }) => readyAt <= now)
    const running = Math.min(queued, joined.length)
    const units = fleet.map(({ name, readyAt }): Unit => {
      const at = joined.findIndex((one) => one.name === name)
      return readyAt <= now ? unit(name, at < running ? 1 : 0) : { name, workers: [] }
    })
    const load = { ...nothing, tasks: queued, occupancy: timed ? queued : 0, untimed: timed ? 0 : queued }
    const step = policy.look(load, units, { threads: 1 })
    if (step.kind === 'up') for (let n = 0; n < step.add; n++) fleet.push({ name: `w${named++}`, readyAt: now + startup })
    if (step.kind === 'down') fleet = fleet.filter(({ name }) => !step.retire.includes(name))
    queued -= running
    if (running > 0) timed = true
    sizes.push(fleet.length)
  }
  return sizes
}

test('0 → 8 → 0: up once, down once', () => {
  for (const startup of [0, 2, 10]) {
    const sizes = sizesOf([200, ...Array.from({ length: 100 }, () => 0)], startup)
    const top = sizes.indexOf(8)
    assert.ok(top >= 0 && top <= 12, `${startup}: ${sizes.join(' ')}`)
    for (let i = 1; i < sizes.length; i++) {
      if (i <= top) assert.ok(sizes[i]! >= sizes[i - 1]!, sizes.join(' '))
      else assert.ok(sizes[i]! <= sizes[i - 1]!, sizes.join(' '))
    }
    assert.equal(sizes.at(-1), 0)
  }
})

test('with gaps in the work the cluster does not go up, down and up again within the wait', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 0, 5, 40), { minLength: 20, maxLength: 80 }), fc.nat(6), (arrivals, startup) => {
      const sizes = sizesOf(arrivals, startup)
      let lastUp = -Infinity
      for (let i = 1; i < sizes.length; i++) {
        if (sizes[i]! > sizes[i - 1]!) lastUp = i
        if (sizes[i]! < sizes[i - 1]!) assert.ok(i - lastUp >= rules.waitCount, sizes.join(' '))
      }
    }),
  )
})
