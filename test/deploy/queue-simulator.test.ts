// A cluster whose workers are jobs of a queue, in which they wait: the policy against a simulated queue, a look a second.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ScalingPolicy, type ScalingRules, type Unit } from '../../src/deploy/scaling-policy.js'
import type { ClusterLoad } from '../../src/protocol/index.js'

interface Second {
  /** jobs that wait, and that run */
  readonly pending: number
  readonly running: number
  readonly submitted: number
  readonly cancelled: number
  /** jobs that ran and were told to leave */
  readonly left: number
  /** as many jobs as there are tasks to do */
  readonly useful: number
}

interface Job {
  readonly name: string
  readonly startsAt: number
}

/**
 * What becomes of tasks that come second by second, each `duration` seconds long, on jobs of one thread that wait so long in the
 * queue as `delays` says, one after the other.
 */
function run(rules: ScalingRules, arrivals: readonly number[], delays: readonly number[], duration: number): Second[] {
  let now = 0
  const policy = new ScalingPolicy(rules, { now: () => now })
  let jobs: Job[] = []
  let named = 0
  let timed = false
  let waiting = 0
  let busy: { job: string; until: number }[] = []
  const seconds: Second[] = []
  for (; now < arrivals.length; now++) {
    waiting += arrivals[now]!
    timed ||= busy.some(({ until }) => until <= now)
    busy = busy.filter(({ until, job }) => until > now && jobs.some(({ name }) => name === job))
    for (const { name, startsAt } of jobs) {
      if (waiting === 0 || startsAt > now || busy.some(({ job }) => job === name)) continue
      waiting--
      busy.push({ job: name, until: now + duration })
    }
    const tasks = waiting + busy.length
    const units = jobs.map(({ name, startsAt }): Unit => {
      const worker = { name, threads: 1, memoryLimit: undefined, bytes: 0, leaving: false }
      return { name, workers: startsAt > now ? [] : [{ ...worker, tasks: busy.some(({ job }) => job === name) ? 1 : 0 }] }
    })
    const load: ClusterLoad = {
      tasks,
      occupancy: timed ? tasks * duration : 0,
      untimed: timed ? 0 : tasks,
      suspended: 0,
      unrunnable: 0,
      workers: units.flatMap(({ workers }) => workers),
    }
    const step = policy.look(load, units, { threads: 1 })
    const retired = step.kind === 'down' ? step.retire : []
    const leaving = jobs.filter(({ name }) => retired.includes(name))
    jobs = jobs.filter(({ name }) => !retired.includes(name))
    // Those that are interrupted are run again.
    waiting += busy.filter(({ job }) => retired.includes(job)).length
    const submitted = step.kind === 'up' ? step.add : 0
    for (let n = 0; n < submitted; n++) jobs.push({ name: `j${named}`, startsAt: now + 1 + delays[named++ % delays.length]! })
    seconds.push({
      pending: jobs.filter(({ startsAt }) => startsAt > now).length,
      running: jobs.filter(({ startsAt }) => startsAt <= now).length,
      submitted,
      cancelled: leaving.filter(({ startsAt }) => startsAt > now).length,
      left: leaving.filter(({ startsAt }) => startsAt <= now).length,
      useful: tasks,
    })
  }
  return seconds
}

const rules: ScalingRules = {
  minimum: 0,
  maximum: 4,
  targetDuration: 5000,
  waitCount: 3,
  memoryShare: 0.6,
  maximumPending: 100,
  cooldown: 10_000,
}
const total = (seconds: readonly Second[], of: keyof Second): number => seconds.reduce((sum, second) => sum + second[of], 0)

test('0 → 4 → 0 with a queue in which jobs wait for 30 s: four are submitted, and no more', () => {
  const seconds = run(rules, [200, ...Array.from({ length: 300 }, () => 0)], [30], 1)
  assert.equal(total(seconds, 'submitted'), 4)
  assert.equal(total(seconds, 'cancelled'), 0)
  assert.equal(Math.max(...seconds.map(({ running }) => running)), 4)
  assert.deepEqual([seconds.at(-1)!.running, seconds.at(-1)!.pending], [0, 0])
})

test('work that is done before all jobs have come: those that wait are cancelled, and nothing is asked for again', () => {
  // One comes at once and does it all, the others would wait for an hour.
  const seconds = run(rules, [30, ...Array.from({ length: 120 }, () => 0)], [0, 3600, 3600, 3600], 1)
  assert.equal(total(seconds, 'submitted'), total(seconds, 'cancelled') + 1)
  assert.ok(total(seconds, 'submitted') <= 4)
  assert.deepEqual([seconds.at(-1)!.running, seconds.at(-1)!.pending], [0, 0])
})

test('whatever comes, and however long jobs wait: never more than is useful, allowed, or may wait', () => {
  const arrivals = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 3, 20), { minLength: 30, maxLength: 120 })
  const delays = fc.array(fc.constantFrom(0, 1, 5, 30, 500), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      arrivals,
      delays,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 20 }),
      (comes, waits, duration, maximumPending, cooldown) => {
        const own = { ...rules, maximum: 6, maximumPending, cooldown: cooldown * 1000 }
        const seconds = run(own, comes, waits, duration)
        let before: Second = { pending: 0, running: 0, submitted: 0, cancelled: 0, left: 0, useful: 0 }
        let enoughFor = 0
        for (const second of seconds) {
          assert.ok(second.pending + second.running <= own.maximum)
          if (second.submitted > 0) {
            // Never more than there are tasks, nor than may wait.
            assert.ok(second.pending + second.running <= second.useful)
            assert.ok(second.pending <= maximumPending)
            enoughFor = 0
          } else enoughFor++
          // Those that run stay for a while after the last time that there were too few.
          if (second.left > 0) assert.ok(enoughFor >= cooldown, `${enoughFor} s after growing`)
          // And only when none is left that waits, or not enough of them.
          if (second.left > 0) assert.equal(second.pending, 0)
          before = second
        }
        assert.ok(before.pending + before.running <= own.maximum)
      },
    ),
    { numRuns: 300 },
  )
})
