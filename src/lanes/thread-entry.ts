import { parentPort, workerData } from 'node:worker_threads'
import { preload } from '../transfer/index.js'
import type { Batch, LaneStart } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'

// The program of an executor thread.
preload()
const port = parentPort!
const runner = new LaneRunner(workerData as LaneStart, (ends, transfer) => port.postMessage(ends, transfer))
port.on('message', (batch: Batch) => runner.receive(batch))
port.postMessage('ready')
