// `heddle mpi` on ranks that this test starts itself, and what is wrong with command lines of `heddle mpi` and `heddle ssh`.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { heddle } from './places.js'
import { Service, scratch } from './services.js'

const limit = { timeout: 120_000 }

const environment = (rank: number, size: number): Record<string, string> => ({
  OMPI_COMM_WORLD_RANK: String(rank),
  OMPI_COMM_WORLD_SIZE: String(size),
  OMPI_COMM_WORLD_LOCAL_SIZE: String(size),
  PMIX_NAMESPACE: 'run',
})

function ranks(t: TestContext, size: number, ...args: string[]): { services: Service[]; file: string } {
  const home = scratch(t)
  const options = ['--scheduler-file', join(home, 's-{job_id}.json'), '--protocol', 'tcp', '--nthreads', '1', '--no-nanny']
  const services = Array.from({ length: size }, (_, rank) =>
    Service.start(t, home, ['mpi', ...options, ...args], environment(rank, size)),
  )
  return { services, file: join(home, 's-run.json') }
}

test('heddle mpi: a scheduler and workers, until a client shuts it down', limit, async (t) => {
  const { services, file } = ranks(t, 3, '--scheduler-rank', '1', '--name', 'm')
  await services[1]!.news('listening')
  const client = await Client.connect({ schedulerFile: file })
  await client.waitForWorkers(2)
  assert.deepEqual((await client.workers()).map(({ name }) => name).sort(), ['m-0', 'm-2'])
  await client.shutdown()
  for (const { ended } of services) assert.equal(await ended, 0)
  assert.ok(!existsSync(file))
})

test('heddle mpi: what is wrong with it', (t) => {
  const small = heddle(t, ['mpi'], { env: environment(0, 1) })
  assert.equal(small.status, 1)
  assert.match(small.stderr, /heddle mpi: the world is too small: 1 of at least 2 ranks/)
  const alone = heddle(t, ['mpi'])
  assert.equal(alone.status, 1)
  assert.match(alone.stderr, /no rank is in the environment: .*mpirun/)
  const lost = heddle(t, ['mpi', '--no-scheduler'], { env: environment(0, 2) })
  assert.equal(lost.status, 2)
  assert.match(lost.stderr, /--no-scheduler: which scheduler is there already\?/)
})

test('heddle ssh: what is wrong with it', (t) => {
  const nobody = heddle(t, ['ssh'])
  assert.equal(nobody.status, 2)
  assert.match(nobody.stderr, /give the hosts, or a --hostfile/)
  const alone = heddle(t, ['ssh', 'n0'])
  assert.equal(alone.status, 1)
  assert.match(alone.stderr, /n0 runs the scheduler, and there is no host for workers/)
  const misspelt = heddle(t, ['ssh', '--hostfile', 'hosts'], { files: { hosts: 'n0\nn1 thread=4\n' } })
  assert.match(misspelt.stderr, /hosts, line 2: there is no option "thread"; did you mean threads\?/)
})

test('--stdin-control says it all', (t) => {
  const both = heddle(t, ['worker', '--stdin-control', '--scheduler-file', 'f'])
  assert.equal(both.status, 2)
  assert.match(both.stderr, /--stdin-control and --scheduler-file cannot both be given/)
  const silent = heddle(t, ['scheduler', '--stdin-control'])
  assert.equal(silent.status, 1)
  assert.match(silent.stderr, /--stdin-control: stdin has ended without a word/)
})
