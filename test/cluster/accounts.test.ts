import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { span } from '../../src/expr/index.js'
import type { Client } from '../../src/client/index.js'
import { clusterSpans, profileSpans } from '../../src/diagnostics/index.js'
import * as bag from '../../src/bag.js'
import { Gate } from '../client/gate.js'
import { InProcessCluster } from './in-process-cluster.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start({ workers: 2, threads: 1 })
  client = cluster.client
})
after(() => cluster.close())

/** Computes for that many milliseconds; gives many objects, which take time to encode. */
function make(ms: number): { n: number }[] {
  for (const end = performance.now() + ms; performance.now() < end; );
  return Array.from({ length: 20_000 }, (_, n) => ({ n }))
}

test('what a client had done is told by span: computing, coding, transfers', async () => {
  const parts = await span('load', async () => {
    const futures = [0, 1].map((w) => client.with({ workers: [`worker-${w}`] }).submit(make, 30))
    await client.gather(futures.map((future) => client.submit((rows: { n: number }[]) => rows.length, future)))
    return futures
  })
  const [a, b] = parts
  await span('join', () => client.submit((x: unknown[], y: unknown[]) => x.length + y.length, a!, b!).result())
  const profile = await clusterSpans(client)
  const spans = new Map(profile.spans.map((one) => [one.label, one]))
  const load = spans.get('load')!
  assert.deepEqual([load.done, load.tasks], [4, 4])
  assert.ok(load.running >= 0.06, `${load.running} s`)
  assert.ok(load.encoding > 0 && load.decoding > 0, `${load.encoding} s, ${load.decoding} s`)
  const join = spans.get('join')!
  assert.deepEqual([join.done, join.isPhase], [1, false])
  // One of its inputs was on the other worker.
  const one = load.stored / 2
  assert.ok(Math.abs(join.received - one) < one / 10, `${join.received} of ${one} bytes`)
  assert.ok(join.awaiting > 0 && join.decoding > 0)
  assert.ok(profile.criticalPath.tasks >= 3)
  const sent = profile.workers.reduce((sum, worker) => sum + worker.sent, 0)
  assert.equal(
    sent,
    profile.groups.reduce((sum, group) => sum + group.received, 0),
  )
  assert.match(String(profile), /threads computed[\s\S]*span[\s\S]*load[\s\S]*join/)
  await assert.rejects(clusterSpans({} as Client), /clusterSpans: a client is needed/)
})

test('accounts are those of the client, unless all are asked for', async () => {
  const { Client: Clients } = await import('../../src/client/index.js')
  const other = await Clients.open({ address: cluster.address, credentials: cluster.credentials, setAsDefault: false })
  try {
    await span('mine', () => other.submit((x: number) => x, 1).result())
    assert.deepEqual(
      (await clusterSpans(other)).spans.map(({ label }) => label),
      ['mine'],
    )
    const all = (await clusterSpans(other, { all: true })).spans.map(({ label }) => label)
    assert.ok(all.includes('mine') && all.includes('load'))
  } finally {
    await other.close()
  }
})

test('what is under way is not done, and is when it is', async () => {
  const gate = await Gate.start()
  try {
    const held = span('gated', () => client.submit(async (url: string) => (await fetch(url)).status, gate.url))
    await gate.arrived()
    const doneOf = async (): Promise<readonly [number, number]> => {
      const found = (await clusterSpans(client)).spans.find(({ label }) => label === 'gated')!
      return [found.done, found.tasks]
    }
    assert.deepEqual(await doneOf(), [0, 1])
    gate.open()
    assert.equal(await held.result(), 200)
    assert.deepEqual(await doneOf(), [1, 1])
  } finally {
    await gate.close()
  }
})

for (const executor of ['inline', 'threads'] as const) {
  test(`${executor}: the same without a cluster`, async () => {
    const { result, profile } = await profileSpans(() =>
      span('count', () =>
        bag
          .range(1000, { partitions: 5 })
          .map((x) => x % 3)
          .frequencies()
          .compute({ executor }),
      ),
    )
    assert.equal(result.length, 3)
    assert.deepEqual(
      profile.spans.map(({ label, done, tasks }) => [label, done === tasks, tasks > 0]),
      [['count', true, true]],
    )
    assert.ok(profile.groups.every(({ running }) => running >= 0))
  })
}
