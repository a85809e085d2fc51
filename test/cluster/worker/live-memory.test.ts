import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, type Future } from '../../../src/client/index.js'
import { LocalCluster } from '../../../src/deploy/index.js'

const PIECES = 120

test('processes of 200 MiB hold 600 MB of persisted values between them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  try {
    await using cluster = await LocalCluster.start({
      workers: 2,
      threadsPerWorker: 1,
      memoryLimit: '200 MiB',
      localDirectory: directory,
    })
    await using client = await Client.open({ address: cluster.address, credentials: cluster.credentials, setAsDefault: false })
    const processes = await client.run(() => process.pid)
    assert.equal(processes.size, 2)
    const numbers = Array.from({ length: PIECES }, (_, i) => i)
    const pieces = client.map((i: number) => new Float64Array(625_000).fill(i), numbers)
    const firsts = pieces.map((piece) => client.submit((a: Float64Array) => a[0]!, piece) as Future<number>)
    assert.deepEqual(await client.gather(firsts), numbers)
    const sums = pieces.map((piece) => client.submit((a: Float64Array) => a.reduce((x, y) => x + y, 0), piece) as Future<number>)
    const total = (await client.gather(sums)).reduce((x, y) => x + y, 0)
    assert.equal(total, (625_000 * (PIECES * (PIECES - 1))) / 2)
    // Nobody had to be killed for it.
    assert.deepEqual(await client.run(() => process.pid), processes)
    await client.close()
    await cluster.close()
    assert.deepEqual(readdirSync(directory), [])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a task that takes more than there is dies with its worker, and its error ends with what the worker wrote', async () => {
  await using cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 1, memoryLimit: '200 MiB' })
  await using client = await Client.open({ address: cluster.address, credentials: cluster.credentials, setAsDefault: false })
  const greedy = client.submit(function greedy() {
    console.error('I want it all')
    const all: Float64Array[] = []
    for (;;) all.push(new Float64Array(100_000).fill(1))
  })
  await assert.rejects(Promise.resolve(greedy), (error: Error) => {
    assert.match(error.message, /what ran the task greedy\S* died \d times/)
    assert.match(error.message, /took .* of memory, more than .*, and was killed by its nanny/)
    assert.match(error.message, /The last that it wrote:\n\s+I want it all/)
    return true
  })
  assert.equal(await client.submit(() => 42), 42)
})
