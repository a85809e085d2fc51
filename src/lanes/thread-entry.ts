import { getEnvironmentData, parentPort, workerData } from 'node:worker_threads'
import { preload } from '../transfer/index.js'
import type { LaneTalk } from './lane-calls.js'
import { type Batch, type LaneStart, THREAD_PLUGINS } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'
import type { ThreadPlugin } from './thread-plugins.js'

// The program of an executor thread.
preload()
const port = parentPort!
const runner = new LaneRunner(workerData as LaneStart, (ends, transfer) => port.postMessage(ends, transfer))
const plugins = getEnvironmentData(THREAD_PLUGINS) as unknown as readonly ThreadPlugin[] | undefined
if (plugins) {
  // What is sent meanwhile waits in the port.
  const { setUpThread } = await import('./thread-plugins.js')
  await setUpThread(plugins)
}
port.on('message', (message: Batch | LaneTalk) => runner.receive(message))
port.postMessage('ready')
