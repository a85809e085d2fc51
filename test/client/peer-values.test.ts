import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateToken, listen } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'
import { PeerValues, ShuffleAsk } from '../../src/protocol/index.js'

test('who swallows what it is asked for, or given, is given up', async () => {
  const credentials = { token: generateToken() }
  const listener = await listen('tcp://127.0.0.1:0', { credentials, accept: () => ({ frame() {}, closed() {} }) })
  const failures: string[] = []
  await config.with({ comm: { silenceTimeout: '100 ms' } }, async () => {
    const peers = new PeerValues({ credentials, failed: (_address, error) => failures.push(error.message) })
    const got = new Promise((resolve) => peers.get(listener.address, 1, 2, 3, resolve))
    assert.equal(await got, undefined)
    assert.match(failures[0]!, /was asked for values and has sent nothing for .* \(comm.silenceTimeout\)/)
    await assert.rejects(peers.put(listener.address, [1, 2, 3], new Uint8Array(1000)), /was given a value and has sent nothing/)
    const question = { ask: ShuffleAsk.read, run: 1, output: 0, from: 0, transfers: new Int32Array(1) } as const
    await assert.rejects(peers.shuffle(listener.address, question), /has sent nothing for/)
    peers.close()
  })
  await listener.close()
})
