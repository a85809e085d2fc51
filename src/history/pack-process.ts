import { asError } from '../base/index.js'
import { packJournal } from './pack.js'
import type { PackAnswer, PackRequest } from './packer.js'
import { packOrphans, removeOld } from './upkeep.js'

// The program of the process that makes Parquet files. It ends when whoever started it has nothing more for it, or has ended,
// after all that it was asked to do.
const folder = process.argv[2]!
let last = Promise.resolve()

process.on('message', (request: PackRequest) => {
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
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        problem = `the history of runs in ${folder}: ${asError(error).message}`
      }
    }
    const answer: PackAnswer = { problem }
    // Whoever asked may be gone.
    if (process.connected) process.send!(answer, undefined, undefined, () => undefined)
  })
})
// Batch systems send it to all processes of a job; what was begun is finished.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
