import { Client, Lock, Queue } from '../../src/client/index.js'
import type { Credentials } from '../../src/comm/index.js'
import { secede } from '../../src/lanes/secede.js'

// A client that holds a lock, and one of whose tasks computes for as long as it likes; another program kills it.
process.once('message', (message) => {
  void (async () => {
    const client = await Client.open(message as { address: string; credentials: Credentials })
    await new Lock('of the program', { client }).acquire()
    const began = new Queue<string>('began', { client })
    const forever = client.submit(async () => {
      secede()
      await began.put('it runs')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })
    await forever
  })()
})
