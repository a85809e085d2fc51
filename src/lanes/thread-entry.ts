import { parentPort, workerData } from 'node:worker_threads'
import { preload } from '../transfer/index.js'
import type { LaneAnswer, LaneCall } from './lane-calls.js'
import type { Batch, LaneStart } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'

// The program of an executor thread.
preload()
const port = parentPort!
const runner = new LaneRunner(workerData as LaneStart, (ends, transfer) => port.postMessage(ends, transfer))
port.on('message', (message: Batch | LaneCall | LaneAnswer) => runner.receive(message))
port.postMessage('ready')
