import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generateToken, keyFor } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'
import { MetricsServer, formatMetrics } from '../../src/metrics/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

const credentials = { token: generateToken() }

/** A reader of the text format, of its own: by metric and labels, the value. */
function parse(text: string): Map<string, number> {
  const values = new Map<string, number>()
  const types = new Set<string>()
  assert.ok(text === '' || text.endsWith('\n'))
  for (const line of text.split('\n').slice(0, -1)) {
    const type = /^# TYPE (\w+) (?:counter|gauge)$/.exec(line)
    if (type) {
      assert.ok(!types.has(type[1]!), `${type[1]} is there twice`)
      types.add(type[1]!)
      continue
    }
    if (line.startsWith('# HELP ')) continue
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$/.exec(line) ?? []
    assert.ok(name !== undefined, `not a line of metrics: ${line}`)
    assert.ok(types.has(name), `${name} has no type`)
    const read = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, quoted]) => {
      const plain = quoted!.replaceAll(/\\(.)/g, (_all, letter: string) => (letter === 'n' ? '\n' : letter))
      return `${label}=${plain}`
    })
    values.set([name, ...read].join(' | '), value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value))
  }
  return values
}

test('whatever labels and values there are, they are read as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.double()), { maxLength: 20 }), (samples) => {
      const unique = new Map(samples)
      const text = formatMetrics([
        {
          name: 'x_total',
          help: 'How many,\nback\\slash',
          type: 'counter',
          samples: [...unique].map(([label, value]) => ({ labels: { label, other: 1 }, value })),
        },
      ])
      const read = parse(text)
      assert.equal(read.size, unique.size)
      for (const [label, value] of unique) {
        assert.ok(Object.is(read.get(`heddle_x_total | label=${label} | other=1`), value) || value === 0)
      }
    }),
  )
})

test('only who brings the key is told anything, at one path, by GET', async () => {
  const server = await MetricsServer.start({ credentials, host: '127.0.0.1', port: 0, collect: () => [] })
  try {
    const ask = (init?: RequestInit, address = server.address): Promise<Response> => fetch(address, init)
    const authorization = `Bearer ${keyFor('dashboard', credentials)}`
    for (const init of [
      undefined,
      { headers: { authorization: 'Bearer wrong' } },
      { headers: { authorization: 'Basic eA==' } },
    ]) {
      const refused = await ask(init)
      assert.equal(refused.status, 401)
      assert.equal(await refused.text(), 'The key is missing or wrong.\n')
    }
    assert.equal((await ask(undefined, `${server.address}?key=${keyFor('dashboard', credentials)}`)).status, 401)
    assert.equal((await ask({ headers: { authorization }, method: 'POST' })).status, 405)
    assert.equal((await ask({ headers: { authorization } }, server.address.replace('/metrics', '/other'))).status, 404)
    const answer = await ask({ headers: { authorization } })
    assert.match(answer.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
    assert.ok(parse(await answer.text()).get('heddle_process_resident_memory_bytes')! > 1e6)
    await assert.rejects(
      MetricsServer.start({ credentials, host: '127.0.0.1', port: Number(new URL(server.address).port), collect: () => [] }),
      { name: 'AddressInUse', message: /metrics\.port/ },
    )
  } finally {
    await server.close()
  }
})

test('a scheduler and its workers tell what they do', async () => {
  const cluster = await config.with({ metrics: { enabled: true } }, () => InProcessCluster.start({ workers: 2, threads: 1 }))
  try {
    const { client, scheduler } = cluster
    const good = client.map((x: number) => x + 1, [1, 2, 3, 4, 5])
    await client.gather(good)
    const fails = (): never => {
      throw new Error('no')
    }
    await assert.rejects(client.submit(fails).result())
    const headers = { authorization: `Bearer ${keyFor('dashboard', cluster.credentials)}` }
    const read = async (address: string): Promise<Map<string, number>> => parse(await (await fetch(address, { headers })).text())
    const own = await read(scheduler.metricsAddress!)
    const sum = (start: string, end: string): number =>
      [...own].filter(([name]) => name.startsWith(start) && name.endsWith(end)).reduce((all, [, value]) => all + value, 0)
    assert.equal(sum('heddle_tasks |', 'state=done'), 5)
    assert.equal(sum('heddle_tasks |', 'state=failed'), 1)
    assert.equal(sum('heddle_tasks |', 'state=pending'), 0)
    assert.ok(sum('heddle_tasks_running_seconds_total', '') > 0)
    assert.equal(own.get('heddle_scheduler_threads'), 2)
    assert.equal(own.get('heddle_scheduler_clients'), 1)
    assert.equal(own.get('heddle_scheduler_workers | state=running'), 2)
    const addresses = (await client.workers()).map((worker) => worker.metricsAddress!)
    assert.equal(new Set(addresses).size, 2)
    const workers = await Promise.all(addresses.map(read))
    assert.deepEqual(
      workers
        .map((metrics) => [...metrics].find(([name]) => name.startsWith('heddle_worker_threads')))
        .sort((a, b) => a![0].localeCompare(b![0])),
      [
        ['heddle_worker_threads | worker=worker-0', 1],
        ['heddle_worker_threads | worker=worker-1', 1],
      ],
    )
  } finally {
    await cluster.close()
  }
})
