import { preload } from '../transfer/index.js'
import type { LaneTalk } from './lane-calls.js'
import type { Batch, Ends } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'

// The program of an executor process. Its parent speaks to it over the channel that `fork` made.
process.once('disconnect', () => process.exit())

/** Sends to the parent; when the parent is gone, so is this process. */
function send(message: Ends | LaneTalk | 'ready'): void {
  process.send?.(message, undefined, undefined, (error) => {
    if (error) process.exit()
  })
}

preload()

const lane = Number(process.argv[2])
const runner = new LaneRunner({ lane, running: undefined, shared: false }, send)
process.on('message', (message) => runner.receive(message as Batch | LaneTalk))
send('ready')
