import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeathNotes } from '../../src/cluster/scheduler/death-notes.js'
import { Providers } from '../../src/cluster/scheduler/providers.js'
import type { ClusterState } from '../../src/cluster/scheduler/state.js'
import type { Answers } from '../../src/protocol/index.js'

/** A scheduler's state, as far as providers of workers look at it. */
function rig(): { providers: Providers; notes: DeathNotes; state: ClusterState; expected: () => unknown } {
  let told: unknown
  const machine = { expectWorkers: (workers: unknown) => (told = workers) }
  const state = { machine, jobs: new Map(), schedule: () => undefined } as unknown as ClusterState
  const notes = new DeathNotes()
  return { providers: new Providers(state, notes), notes, state, expected: () => told }
}

/** Says something to the scheduler as a provider. */
function tell(answers: Answers, what: string, about: unknown): void {
  void (answers[what] as (about: unknown) => unknown)(about)
}

const worker = (memory: number): object => ({ memory, resources: {} })

test('workers of all clusters may come, until the connection of whoever starts them is gone', () => {
  const { providers, state, expected } = rig()
  const [a, b] = [{}, {}]
  const answers = [providers.answers(a), providers.answers(b)]
  tell(answers[0]!, 'expectWorkers', { workers: [worker(1)] })
  tell(answers[1]!, 'expectWorkers', { workers: [worker(2), worker(3)] })
  assert.deepEqual(expected(), [worker(1), worker(2), worker(3)])
  tell(answers[0]!, 'expectWorkers', { workers: [worker(4)] })
  assert.deepEqual(expected(), [worker(4), worker(2), worker(3)])
  // Both are called the same, and each has jobs of its own.
  tell(answers[0]!, 'jobs', { cluster: 'SlurmCluster', jobs: [{ id: '1' }] })
  tell(answers[1]!, 'jobs', { cluster: 'SlurmCluster', jobs: [{ id: '2' }] })
  assert.deepEqual([...state.jobs.values()].flat(), [
    { id: '1', cluster: 'SlurmCluster' },
    { id: '2', cluster: 'SlurmCluster' },
  ])
  providers.forget(b)
  assert.deepEqual(expected(), [worker(4)])
  assert.equal(providers.haveJobs, true)
  providers.forget(a)
  assert.deepEqual(expected(), [])
  assert.equal(providers.haveJobs, false)
})

test('a worker that is gone without a word: its job says why, once, and only of those who wait', () => {
  const { providers, notes } = rig()
  const answers = providers.answers({})
  const heard: unknown[] = []
  const end = { reason: 'was part of the job 7', outOfMemory: true }
  tell(answers, 'jobEnded', { workers: ['job-7'], ...end })
  notes.wait({ name: 'job-7', pid: 1 }, (death) => heard.push(death))
  notes.wait({ name: 'job-8', pid: 2 }, (death) => heard.push(death))
  assert.deepEqual(heard, [])
  tell(answers, 'jobEnded', { workers: ['job-7'], ...end })
  tell(answers, 'jobEnded', { workers: ['job-7'], ...end })
  assert.deepEqual(heard, [end])
  notes.close()
  assert.deepEqual(heard, [end, undefined])
})
