import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerDescription } from '../../src/client/index.js'
import { memorySampler } from '../../src/diagnostics/index.js'

/** Workers that have what the test says. */
function clientOf(bytes: () => readonly number[]): { workers: () => Promise<WorkerDescription[]>; asked: number } {
  const client = {
    asked: 0,
    workers: () => {
      client.asked++
      return Promise.resolve(
        bytes().map((memory) => ({ metrics: { memory, held: memory / 2, spilled: 1 } }) as WorkerDescription),
      )
    },
  }
  return client
}

test('memory is sampled before, during and after, and added up over the workers', async () => {
  let bytes = [1 << 20, 2 << 20]
  const client = clientOf(() => bytes)
  const sampler = memorySampler(client)
  const result = await sampler.sample(
    'one <&>',
    async () => {
      bytes = [10 << 20, 10 << 20]
      // Until it was looked at once more.
      while (client.asked < 3) await new Promise((resolve) => setImmediate(resolve))
      bytes = [3 << 20]
      return 'done'
    },
    { interval: 1 },
  )
  assert.equal(result, 'done')
  const samples = sampler.samples.get('one <&>')!
  assert.equal(samples[0]!.bytes, 3 << 20)
  assert.equal(samples.at(-1)!.bytes, 3 << 20)
  assert.ok(samples.some((sample) => sample.bytes === 20 << 20))
  assert.ok(samples.every(({ time }, i) => i === 0 || time >= samples[i - 1]!.time))
  await sampler.sample('held', () => undefined, { measure: 'held' })
  assert.equal(sampler.samples.get('held')![0]!.bytes, 1.5 * 2 ** 20)
  assert.match(String(sampler), /one <&> .* 20\.00 MiB\nheld .* 1\.50 MiB/)
  const svg = sampler.toSVG()
  assert.ok(svg.includes('one &lt;&amp;&gt;') && svg.match(/<polyline/g)!.length === 2)
})

test('what cannot be measured is refused, and errors of the program are its own', async () => {
  const sampler = memorySampler(clientOf(() => []))
  await assert.rejects(
    sampler.sample('', () => 1),
    /a name is needed/,
  )
  await assert.rejects(
    sampler.sample('x', () => 1, { interval: 0 }),
    /interval must be/,
  )
  await assert.rejects(
    sampler.sample('x', () => 1, { measure: 'heap' as never }),
    /measure must be process, held, spilled/,
  )
  const no = new Error('no')
  await assert.rejects(
    sampler.sample('x', () => Promise.reject(no)),
    no,
  )
})
