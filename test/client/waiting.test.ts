import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { type Client, WaitTimeout, asCompleted, wait } from '../../src/client/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'
import { Gate, pass } from './gate.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())

const fail = (): never => {
  throw new RangeError('no')
}

test('asCompleted gives futures in the order of their ends, with values and errors', async () => {
  const gate = await Gate.start()
  const slow = client.submit(pass, gate.url, 'slow')
  const bad = client.submit(fail)
  const quick = client.submit(() => 'quick')
  const seen: unknown[] = []
  for await (const done of asCompleted([slow, bad, quick])) {
    if (done.status === 'error') assert.throws(() => done.value(), /no/)
    else assert.equal(done.value(), done.future === slow ? 'slow' : 'quick')
    seen.push(done.index)
    if (seen.length === 2) {
      assert.deepEqual(new Set(seen), new Set([1, 2]))
      gate.open()
    }
  }
  assert.equal(seen[2], 0)
  gate.close()
})

test('asCompleted takes more futures meanwhile', async () => {
  const completed = asCompleted([client.submit((x: number) => x, 5)])
  const values: number[] = []
  for await (const done of completed) {
    const value = done.value()
    values.push(value)
    if (value > 0) completed.add(client.submit((x: number) => x - 1, value))
  }
  assert.deepEqual(values, [5, 4, 3, 2, 1, 0])
  assert.equal(completed.count, 0)
})

test('asCompleted without results fetches nothing, and a loop can be left', async () => {
  const gate = await Gate.start()
  const slow = client.submit(pass, gate.url, 1)
  for await (const done of asCompleted([slow, client.submit(() => 2)], { withResults: false })) {
    assert.equal(done.index, 1)
    assert.throws(() => done.value(), /withResults/)
    assert.equal(await done.future, 2)
    break
  }
  gate.open()
  assert.equal(await slow, 1)
  gate.close()
})

test('asCompleted says what was cancelled', async () => {
  const gate = await Gate.start()
  const slow = client.submit(pass, gate.url, 1)
  const completed = asCompleted([slow])
  const next = completed.next()
  await slow.cancel()
  const { value } = await next
  assert.equal(value!.status, 'cancelled')
  assert.throws(() => value!.value(), /cancelled/)
  gate.close()
})

test('asCompleted gives every future once, whatever they do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -3, max: 20 }), { maxLength: 30 }), async (numbers) => {
      const futures = numbers.map((n) =>
        client.submit((x: number) => {
          if (x < 0) throw new Error(`${x}`)
          return x
        }, n),
      )
      const seen: number[] = []
      for await (const done of asCompleted(futures)) {
        seen.push(done.index)
        assert.equal(done.future, futures[done.index])
        if (numbers[done.index]! < 0) assert.equal(done.status, 'error')
        else assert.equal(done.value(), numbers[done.index])
      }
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        numbers.map((_, i) => i),
      )
    }),
    { numRuns: 20 },
  )
})

test('wait: for all, the first, the first error; with a limit', async () => {
  const gate = await Gate.start()
  const slow = client.submit(pass, gate.url, 1)
  const quick = client.submit(() => 2)
  const first = await wait([slow, quick], { returnWhen: 'first' })
  assert.deepEqual(first, { done: [quick], pending: [slow] })
  await assert.rejects(wait([slow], { timeout: 1 }), WaitTimeout)
  const bad = client.submit(fail)
  const failed = await wait([slow, bad, quick], { returnWhen: 'firstError' })
  assert.ok(failed.done.includes(bad) && failed.pending.includes(slow))
  const stop = new AbortController()
  const aborted = wait([slow], { signal: stop.signal })
  stop.abort(new Error('stop'))
  await assert.rejects(aborted, /stop/)
  gate.open()
  const all = await wait([slow, bad, quick])
  assert.deepEqual(all, { done: [slow, bad, quick], pending: [] })
  assert.deepEqual(await wait([]), { done: [], pending: [] })
  await assert.rejects(wait([quick], { returnWhen: 'ever' as never }), /returnWhen/)
  gate.close()
})
