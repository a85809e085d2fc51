import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Security, generateToken } from '../../src/comm/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

// The whole cluster, tasks, values between workers and all, over each kind of connection.
describe('a cluster computes over', () => {
  for (const scheme of ['tcp', 'ws', 'tls', 'wss', 'unix', 'inproc'] as const) {
    it(`${scheme}://`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'heddle-transports-'))
      const isSecure = scheme === 'tls' || scheme === 'wss'
      const credentials = isSecure ? await Security.temporary() : { token: generateToken() }
      const listen = (name: string): string => {
        if (scheme === 'unix') return `unix://${folder}/${name}`
        return scheme === 'inproc' ? `inproc://transports-${name}` : `${scheme}://127.0.0.1:0`
      }
      const cluster = await InProcessCluster.start({ workers: 2, credentials, listen })
      try {
        const { client } = cluster
        const parts = client.map((n: number) => new Float64Array(n).fill(n), [100, 200, 300_000])
        // Whichever worker it runs on, some of the parts come from the other.
        const sums = client.map((part: Float64Array) => part.reduce((a, b) => a + b, 0), parts)
        assert.deepEqual(
          await client.gather(sums),
          [100, 200, 300_000].map((n) => n * n),
        )
        assert.equal((await parts[2]!).length, 300_000)
      } finally {
        await cluster.close()
        rmSync(folder, { recursive: true })
      }
    })
  }
})
