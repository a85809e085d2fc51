import { getEnvironmentData, parentPort } from 'node:worker_threads'
import { preload } from '../transfer/index.js'
import type { LaneTalk } from './lane-calls.js'
import { type Batch, type LaneStart, THREAD_PLUGINS } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'
import type { ThreadPlugin } from './thread-plugins.js'

// The program of an executor thread. It begins before it is known which lane it will be: that is what it is told first.
preload()
const port = parentPort!
let receive = (message: LaneStart | Batch | LaneTalk): void => void setUp(message as LaneStart)
port.on('message', (message: LaneStart | Batch | LaneTalk) => receive(message))

async function setUp(start: LaneStart): Promise<void> {
  const early: (Batch | LaneTalk)[] = []
  receive = (message) => early.push(message as Batch | LaneTalk)
  const runner = new LaneRunner(start, (ends, transfer) => port.postMessage(ends, transfer))
  const plugins = getEnvironmentData(THREAD_PLUGINS) as unknown as readonly ThreadPlugin[] | undefined
  if (plugins) {
    const { setUpThread } = await import('./thread-plugins.js')
    await setUpThread(plugins)
  }
  receive = (message) => runner.receive(message as Batch | LaneTalk)
  for (const message of early) runner.receive(message)
  port.postMessage('ready')
}
