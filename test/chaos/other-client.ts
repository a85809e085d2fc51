import { Client } from '../../src/client/index.js'
import type { Credentials } from '../../src/comm/index.js'

// A client whose tasks wait for ever; its parent kills it when they have begun.
process.once('message', (message) => {
  void (async () => {
    const client = await Client.open(message as { address: string; credentials: Credentials })
    const waits = client.map(
      (_: number) => new Promise<never>(() => undefined),
      Array.from({ length: 100 }, (_, i) => i),
    )
    await client.submit(() => 1)
    process.send!(waits.length)
  })()
})
