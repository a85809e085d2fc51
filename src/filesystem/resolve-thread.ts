// The thread of resolve-apart.ts.
import { type MessagePort, workerData } from 'node:worker_threads'
import { config, type Settings } from '../config/index.js'
import { resolveFiles } from './resolve.js'
import { failureOf, type Resolved } from './resolve-apart.js'

const { names, settings, state, port } = workerData as {
  names: string[]
  settings: Settings['filesystem']
  state: Int32Array
  port: MessagePort
}
Atomics.store(state, 0, 1)
Atomics.notify(state, 0)
let resolved: Resolved
try {
  config.set({ filesystem: settings })
  resolved = { files: await resolveFiles(names) }
} catch (error) {
  resolved = { failure: failureOf(error) }
}
port.postMessage(resolved)
Atomics.store(state, 0, 2)
Atomics.notify(state, 0)
