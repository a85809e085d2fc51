import { parentPort, workerData } from 'node:worker_threads'
import { asError } from '../base/index.js'
import { packJournal } from './pack.js'
import type { PackAnswer, PackRequest } from './packer.js'
import { packOrphans, removeOld } from './upkeep.js'

const { folder } = workerData as { folder: string }
let last = Promise.resolve()

parentPort!.on('message', (request: PackRequest) => {
  // One after the other: each takes memory.
  last = last.then(async () => {
    let problem: string | undefined
    try {
      if (request.kind === 'pack') await packJournal(request.path)
      else {
        await packOrphans(folder)
        await removeOld(folder, request)
      }
    } catch (error) {
      // Somebody else has packed it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        problem = `the history of runs in ${folder}: ${asError(error).message}`
    }
    parentPort!.postMessage({ problem } satisfies PackAnswer)
  })
})
