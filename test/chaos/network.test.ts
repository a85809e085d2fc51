// Several hosts on one machine, whose network really breaks.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '../../src/client/index.js'
import { SchedulerServer } from '../../src/cluster/index.js'
import { writeSchedulerFile } from '../../src/protocol/index.js'
import { Security } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'
import { Hosts, whyNoHosts } from './hosts.js'

const why = whyNoHosts()
const command = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
const quick = { HEDDLE_COMM__SILENCE_TIMEOUT: '2 s', HEDDLE_COMM__CONNECT_TIMEOUT: '1 s' }

/** A scheduler here, and a worker on each of so many hosts, over TLS. */
async function withHosts(count: number, use: (client: Client, hosts: Hosts) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-hosts-'))
  const file = join(folder, 'scheduler.json')
  const hosts = new Hosts(count)
  const credentials = await Security.temporary()
  await config.with({ scheduler: { workerTimeout: '3 s' }, comm: { silenceTimeout: '2 s', connectTimeout: '2 s' } }, async () => {
    const scheduler = await SchedulerServer.start({ credentials, addresses: [`tls://${hosts.address}:0`] })
    let client: Client | undefined
    try {
      await writeSchedulerFile(file, { id: scheduler.id, addresses: scheduler.addresses, credentials })
      for (let i = 0; i < count; i++) {
        const args = ['worker', '--scheduler-file', file, '--name', `host-${i}`, '--host', hosts.addressOf(i), '--nthreads', '1']
        const child = hosts.run(i, process.execPath, [command, ...args, '--nworkers', '1', '--local-directory', folder], quick)
        child.stderr!.on('data', (text: Buffer) => process.stderr.write(text))
      }
      client = await Client.open({ address: scheduler.addresses[0]!, credentials, setAsDefault: false })
      await client.waitForWorkers(count)
      await use(client, hosts)
    } finally {
      await client?.close()
      hosts.close()
      await scheduler.close()
      rmSync(folder, { recursive: true })
    }
  })
}

const SIZE = 200
const slow = (x: number): number => {
  const end = performance.now() + 5
  while (performance.now() < end);
  return x
}
const range = Array.from({ length: SIZE }, (_, i) => i)
const total = (SIZE * (SIZE - 1)) / 2

describe('the network', { skip: why ?? false, timeout: 600_000 }, () => {
  test('a host that drops off in mid-run costs time, no results', async () => {
    await withHosts(3, async (client, hosts) => {
      const leaves = client.map(slow, range)
      await leaves[10]!.result()
      hosts.down(0)
      const sums = Array.from({ length: 10 }, (_, i) =>
        client.submit((xs: number[]) => xs.reduce((a, b) => a + b), leaves.slice(i * 20, i * 20 + 20)),
      )
      assert.equal(await client.submit((xs: number[]) => xs.reduce((a, b) => a + b), sums), total)
    })
  })

  test('two workers that cannot reach each other get by through others', async () => {
    await withHosts(3, async (client, hosts) => {
      const leaves = client.map(slow, range)
      await client.gather(leaves)
      hosts.cut(0, 1)
      const sums = Array.from({ length: 10 }, (_, i) =>
        client.submit((xs: number[]) => xs.reduce((a, b) => a + b), leaves.slice(i * 20, i * 20 + 20)),
      )
      assert.equal(await client.submit((xs: number[]) => xs.reduce((a, b) => a + b), sums), total)
    })
  })
})
