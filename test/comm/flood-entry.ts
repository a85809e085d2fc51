// A child process of flood.test.ts: opens many connections at once when told to, says how many were let in, and holds them.
import { type Comm, connect } from '../../src/comm/index.js'

process.once(
  'message',
  (told: { address: string; token: string; tls: { ca: string; cert: string; key: string }; count: number }) => {
    const credentials = { token: new Uint8Array(Buffer.from(told.token, 'hex')), tls: told.tls }
    const events = { frame: () => {}, closed: () => {} }
    // Longer than usual: a machine that runs other tests besides takes a while to make so many secrets.
    const options = { credentials, role: 'worker', events, timeout: 90_000 } as const
    const attempts = Array.from({ length: told.count }, () => connect(told.address, options))
    void Promise.allSettled(attempts).then((results) => {
      const comms = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      const failed = results.find((result) => result.status === 'rejected')
      process.send!({ connected: comms.length, error: failed ? String(failed.reason) : undefined })
      process.once('message', () => void end(comms))
    })
  },
)

async function end(comms: readonly Comm[]): Promise<void> {
  await Promise.all(comms.map((comm) => comm.close()))
  process.disconnect()
}
