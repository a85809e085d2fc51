import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { compute, delayed } from '../../src/delayed/index.js'
import { profileTasks } from '../../src/diagnostics/index.js'

const inc = delayed(function inc(x: number) {
  return x + 1
})
const sum = delayed(function sum(xs: number[]) {
  return xs.reduce((a, b) => a + b, 0)
})
const later = delayed(function later(x: number) {
  return new Promise<number>((resolve) => setTimeout(resolve, 30, x))
})

for (const executor of ['inline', 'threads', 'processes'] as const) {
  test(`${executor}: every task is recorded, in its time and its lane`, async () => {
    const before = performance.now()
    const { result, profile } = await profileTasks(() => sum(Array.from({ length: 50 }, (_, i) => inc(i))).compute({ executor }))
    const after = performance.now()
    assert.equal(result, (50 * 51) / 2)
    assert.equal(profile.tasks.length, 51)
    assert.equal(new Set(profile.tasks.map(({ key }) => key)).size, 51)
    for (const { start, end, seconds, outcome } of profile.tasks) {
      assert.equal(outcome, 'finished')
      assert.ok(Math.abs(end - start - seconds * 1000) < 1e-3)
      // Batches of ends are laid out backwards, so that the first may seem to begin a little early.
      assert.ok(start >= before - 5 && end <= after + 1, `${before} ${start} ${end} ${after}`)
    }
    assert.deepEqual(
      new Set(profile.labels.map(({ label, tasks, failed }) => `${label} ${tasks} ${failed}`)),
      new Set(['inc 50 0', 'sum 1 0']),
    )
    for (const { label, seconds, mean, longest } of profile.labels) {
      const own = profile.tasks.filter((task) => task.label === label).map((task) => task.seconds)
      const total = own.reduce((a, b) => a + b, 0)
      assert.ok(Math.abs(seconds - total) < 1e-9)
      assert.ok(Math.abs(mean - total / own.length) < 1e-9)
      assert.equal(longest, Math.max(...own))
    }
    assert.ok(Math.abs(profile.labels.reduce((all, { share }) => all + share, 0) - 1) < 1e-9)
    assert.ok(profile.seconds * 1000 <= after - before)
  })
}

test('tasks that wait overlap more than there are threads, each in a lane of its own', async () => {
  const { profile } = await profileTasks(() =>
    compute(
      Array.from({ length: 10 }, (_, i) => later(i)),
      { executor: 'threads' },
    ),
  )
  const tasks = profile.tasks.filter(({ label }) => label === 'later')
  assert.equal(tasks.length, 10)
  const overlap = tasks.some((a) =>
    tasks.some((b) => a !== b && a.lane === b.lane && Math.min(a.end, b.end) - Math.max(a.start, b.start) > 1e-6),
  )
  assert.ok(!overlap)
})

test('what failed is counted, and has no time', async () => {
  const fail = delayed(function fail(): number {
    throw new Error('no luck')
  })
  const { profile } = await profileTasks(async () => {
    await inc(1).compute({ executor: 'inline' })
    await fail()
      .compute({ executor: 'inline' })
      .catch(() => undefined)
  })
  assert.deepEqual(
    profile.labels.map(({ label, tasks, failed, mean }) => [label, tasks, failed, mean > 0]),
    [
      ['inc', 1, 0, true],
      ['fail', 1, 1, false],
    ],
  )
  assert.deepEqual(
    profile.tasks.map(({ label, outcome }) => `${label} ${outcome}`),
    ['inc finished', 'fail failed'],
  )
})

test('it prints as a table', async () => {
  const { profile } = await profileTasks(() => inc(1).compute({ executor: 'inline' }))
  const [head, line, last] = String(profile).split('\n')
  assert.match(head!, /^label +tasks +failed +time +share +mean +longest$/)
  assert.match(line!, /^inc +1 +\S+ .?s +100\.0%( +\S+ .?s){2}$/)
  assert.match(last!, /^in \S+ .?s$/)
  assert.equal(inspect(profile), String(profile))
})

test('nothing ran: an empty profile, which prints and plots', async () => {
  const { result, profile } = await profileTasks(() => 5)
  assert.equal(result, 5)
  assert.deepEqual([profile.tasks, profile.labels], [[], []])
  assert.match(String(profile), /^label/)
  assert.match(profile.toSVG(), /nothing ran/)
})
