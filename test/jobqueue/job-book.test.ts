import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JobPhase, isOver } from '../../src/jobqueue/engine.js'
import { JobBook } from '../../src/jobqueue/job-book.js'

const phases: readonly JobPhase[] = ['pending', 'held', 'running', 'completed', 'failed', 'cancelled', 'unknown']

function book(count: number, replacements = 10): JobBook {
  const made = new JobBook(replacements)
  made.target = count
  made.add(Array.from({ length: count }, (_, i) => String(i)))
  return made
}

test('a job that failed before its workers joined is reported, and not tried again', () => {
  const jobs = book(2)
  jobs.takeWorkers(['job-1'])
  const lost = jobs.takeStates([{ id: '0', state: 'failed', reason: 'NonZeroExitCode' }])
  assert.deepEqual(
    lost.map(({ job, joined, replaced }) => [job.id, job.reason, joined, replaced]),
    [['0', 'NonZeroExitCode', false, false]],
  )
  assert.deepEqual([jobs.target, jobs.missing], [1, 0])
})

test('a job that had workers is replaced, unless somebody cancelled it', () => {
  const jobs = book(3, 1)
  jobs.takeWorkers(['job-0', 'job-1-0', 'job-1-1', 'job-2'])
  jobs.takeWorkers([])
  assert.equal(jobs.bereft, true)
  const ended = jobs.takeStates([
    { id: '0', state: 'cancelled' },
    { id: '1', state: 'failed', reason: 'NODE_FAIL' },
    { id: '2', state: 'failed', reason: 'NODE_FAIL' },
  ])
  // There was but one to replace.
  assert.deepEqual(
    ended.map(({ replaced }) => replaced),
    [false, true, false],
  )
  assert.deepEqual([jobs.target, jobs.missing], [1, 1])
})

test('jobs that have done their time are always replaced', () => {
  const jobs = book(2, 0)
  jobs.takeWorkers(['job-0', 'job-1'])
  jobs.takeStates([
    { id: '0', state: 'completed', exitCode: 0 },
    { id: '1', state: 'failed', reason: 'TIMEOUT, TimeLimit' },
  ])
  assert.deepEqual([jobs.target, jobs.missing], [2, 2])
})

test('an engine may be slow to know a job, and quick to forget it', () => {
  let now = 100
  const jobs = new JobBook(10, { now: () => now })
  jobs.target = 1
  jobs.add(['0'])
  const forgotten = () => jobs.takeStates([{ id: '0', state: 'unknown' }])
  assert.deepEqual(forgotten(), [])
  now += 15
  assert.deepEqual(forgotten(), [])
  jobs.takeStates([{ id: '0', state: 'running' }])
  jobs.takeWorkers(['job-0'])
  for (let i = 0; i < 5; i++) {
    now += 15
    assert.deepEqual(forgotten(), [])
  }
  jobs.takeWorkers([])
  assert.equal(forgotten().length, 1)
})

test('those that wait leave first, then the youngest', () => {
  const jobs = book(4)
  jobs.takeWorkers(['job-0', 'job-1', 'job-3'])
  jobs.takeStates([{ id: '2', state: 'pending' }])
  jobs.target = 2
  assert.deepEqual(
    jobs.excess().map(({ id }) => id),
    ['2', '3'],
  )
  assert.deepEqual(jobs.excess(), [])
  // That they end then is no loss.
  assert.deepEqual(jobs.takeStates([{ id: '3', state: 'cancelled' }]), [])
})

test('never more jobs than are wanted, whatever the engine says', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('scale' as const), count: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ kind: fc.constant('state' as const), pick: fc.nat(20), state: fc.constantFrom(...phases) }),
    fc.record({ kind: fc.constant('workers' as const), picks: fc.array(fc.nat(20), { maxLength: 6 }) }),
  )
  fc.assert(
    fc.property(fc.array(event), fc.integer({ min: 0, max: 3 }), (events, replacements) => {
      let now = 0
      // Only the first time is forgiven.
      const jobs = new JobBook(replacements, { now: () => (now += 100) })
      const wanted = new Set<string>()
      let next = 0
      for (const one of events) {
        if (one.kind === 'scale') jobs.target = one.count
        else if (one.kind === 'workers') jobs.takeWorkers(one.picks.map((pick) => `job-${pick}`))
        else {
          const id = String(one.pick)
          const before = jobs.target
          const lost = jobs.takeStates([{ id, state: one.state }])
          for (const { job, joined, replaced } of lost) {
            assert.ok(isOver(job.state) && wanted.delete(job.id))
            assert.ok(!replaced || joined)
            assert.equal(jobs.target, replaced ? before : Math.max(0, before - 1))
          }
        }
        for (const { id } of jobs.excess()) assert.ok(wanted.delete(id))
        const ids = Array.from({ length: jobs.missing }, () => String(next++))
        jobs.add(ids)
        for (const id of ids) wanted.add(id)
        assert.equal(wanted.size, jobs.target)
        assert.equal(jobs.missing, 0)
        for (const id of wanted) assert.ok(jobs.live.includes(id))
      }
    }),
  )
})

test('jobs that their engine will end soon are not wanted any more, and others are missing', () => {
  let now = 1000
  const jobs = new JobBook(10, { now: () => now })
  jobs.target = 4
  jobs.add(['0', '1', '2', '3'])
  const running = (id: string, ends?: number) => ({ id, state: 'running' as const, ...(ends ? { ends: new Date(ends) } : {}) })
  // The engine says of one when it will end it, an hour from now, and of none other.
  jobs.takeStates([running('0', Date.now() + 3_600_000), running('1'), running('2'), { id: '3', state: 'pending' }])
  jobs.takeWorkers(['job-0', 'job-1'])
  const expiring = (): string[] => jobs.expiring(600_000, 60_000).map(({ id }) => id)
  assert.deepEqual(expiring(), [])
  now += 539
  assert.deepEqual(expiring(), [])
  now += 1
  // What has no workers has nothing to move.
  assert.deepEqual(expiring(), ['1'])
  assert.deepEqual([expiring(), jobs.target, jobs.missing], [[], 4, 1])
  // Somebody has given it less.
  jobs.takeStates([running('0', Date.now() + 59_000)])
  assert.deepEqual([expiring(), jobs.missing], [['0'], 2])
  // That they end then is no loss.
  assert.deepEqual(
    jobs.takeStates([
      { id: '0', state: 'completed' },
      { id: '1', state: 'failed', reason: 'TIMEOUT' },
    ]),
    [],
  )
})

test('those that are dismissed are fewer from now on', () => {
  const jobs = book(3)
  jobs.takeWorkers(['job-1'])
  assert.deepEqual(
    jobs.dismiss(['1', '2', 'nobody']).map(({ id, workers }) => [id, workers.length]),
    [
      ['1', 1],
      ['2', 0],
    ],
  )
  assert.deepEqual([jobs.target, jobs.missing], [1, 0])
  assert.deepEqual(jobs.dismiss(['1']), [])
})
