import { Client } from '../../src/client/index.js'
import { SchedulerServer, WorkerServer } from '../../src/cluster/index.js'
import type { MemberOptions, Memory } from './cluster-members.js'

// The program of a process of the cluster that is measured: a scheduler, a worker, or a second client that watches. It says
// where it is when it is ready, answers what its parent asks for by name, and ends with its parent.

/** A watching client asks the scheduler something so often, in milliseconds. */
const BEAT = 10
/** The memory of a process is looked at so often, in milliseconds. */
const LOOK = 20

process.once('disconnect', () => process.exit())
process.once('message', (options) => void begin(options as MemberOptions))

async function begin(options: MemberOptions): Promise<void> {
  const answers = await members[options.role](options)
  process.on('message', (name) => {
    void Promise.resolve(answers[name as string]!()).then((answer) => process.send!({ answer }))
  })
  process.send!({ answer: await answers.ready!() })
}

type Answers = Readonly<Record<string, () => unknown>>

const members: Record<MemberOptions['role'], (options: MemberOptions) => Promise<Answers>> = {
  async scheduler({ credentials }) {
    const server = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
    return { ready: () => server.addresses[0], cpu, memory, ...peakMemory() }
  },

  async worker({ credentials, scheduler, name, folder, memoryLimit }) {
    const server = await WorkerServer.start({
      scheduler: scheduler!,
      credentials,
      name: name!,
      threads: 1,
      listen: 'tcp://127.0.0.1:0',
      localDirectory: folder!,
      memoryLimit,
    })
    const use = (): object => ({ ...server.shuffles, peak: process.resourceUsage().maxRSS * 1024 })
    return { ready: () => name, cpu, use }
  },

  async watcher({ credentials, scheduler }) {
    const client = await Client.open({ address: scheduler!, credentials, name: 'watcher', setAsDefault: false })
    return { ready: () => 'watching', ...heartbeats(client) }
  },
}

/** Microseconds of processor time. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function memory(): Promise<Memory> {
  // What typed arrays held is given back in the turn after the collection that finds them unreachable.
  for (let i = 0; i < 3; i++) {
    globalThis.gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return { resident: rss, inUse: heapUsed + arrayBuffers }
}

/** The most that the process takes while it is looked at. */
function peakMemory(): Answers {
  let peak = 0
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  return {
    watch: () => {
      peak = 0
      timer = setInterval(look, LOOK)
    },
    peak: () => {
      look()
      clearInterval(timer)
      return peak
    },
  }
}

/** Asks the scheduler again and again, and knows the longest time between two answers and the longest that its own timer was late. */
function heartbeats(client: Client): Answers {
  let beating = false
  let gap = 0
  let late = 0
  let ended = Promise.resolve()
  const beat = async (): Promise<void> => {
    let last = performance.now()
    while (beating) {
      const slept = performance.now()
      await new Promise((resolve) => setTimeout(resolve, BEAT))
      late = Math.max(late, performance.now() - slept - BEAT)
      await client.workers()
      const now = performance.now()
      gap = Math.max(gap, now - last)
      last = now
    }
  }
  return {
    start: () => {
      beating = true
      gap = 0
      late = 0
      ended = beat()
    },
    stop: async () => {
      beating = false
      await ended
      return { gap, late }
    },
  }
}
