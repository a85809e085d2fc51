import type { Batch } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'

// The program of an executor process. Its parent speaks to it over the channel that `fork` made.
const lane = Number(process.argv[2])
const runner = new LaneRunner({ lane, running: undefined, shared: false }, (ends) => process.send!(ends))
process.on('message', (batch) => runner.receive(batch as Batch))
process.once('disconnect', () => process.exit())
process.send!('ready')
