import { parentPort, workerData } from 'node:worker_threads'
import { config } from '../config/index.js'
import { preload } from '../transfer/index.js'
import type { Batch, LaneStart } from './lane-protocol.js'
import { LaneRunner } from './lane-runner.js'

// The program of an executor thread. What a task computes in here shows in the main thread's bar, if anywhere.
config.set({ progress: { show: false } })
preload()
const port = parentPort!
const runner = new LaneRunner(workerData as LaneStart, (ends, transfer) => port.postMessage(ends, transfer))
port.on('message', (batch: Batch) => runner.receive(batch))
port.postMessage('ready')
