import { parseAddress } from '../comm/index.js'
import { availableCores, config } from '../config/index.js'
import { Nanny, type RunningWorker, Worker, type WorkerOptions } from '../deploy/index.js'
import { addressOf, addressOfInterface, isNetwork } from '../protocol/index.js'
import { RunnerError } from './errors.js'
import type { RunnerHooks, RunnerWorker } from './runner-options.js'
import type { Found } from './scheduler-file.js'
import type { World } from './world.js'

export interface WorkerRank {
  readonly name: string
  readonly world: World
  readonly found: Found
  readonly options: RunnerWorker
  readonly hooks: RunnerHooks
  /** whether this rank is a scheduler or the program besides */
  readonly shared: boolean
}

/** A worker of this rank. */
export interface RankWorker {
  /** kept when it has ended as it was asked to; rejects when it could not go on */
  readonly ended: Promise<void>
  /** Ends it at once. */
  kill(): void
}

/** Starts this rank's worker: in this process, or in one of its own. */
export async function runWorker({ name, world, found, options, hooks, shared }: WorkerRank): Promise<RankWorker> {
  await hooks.beforeWorker?.()
  const { interface: _interface, port: _port, protocol: _protocol, nanny = shared, ...rest } = options
  const worker: WorkerOptions = { ...rest, ...(await shareOf(world, options)), name, listen: listenAddress(found, options) }
  config.set({ progress: { show: false } })
  if (nanny) {
    const running = await Nanny.start(found, worker)
    await hooks.onWorker?.(running)
    return { ended: endOfNanny(running), kill: () => running.kill() }
  }
  const running = await Worker.start(found, worker)
  await hooks.onWorker?.(running)
  return { ended: endOfWorker(running), kill: () => running.kill() }
}

async function endOfWorker(worker: Worker): Promise<void> {
  const { orderly, reason } = await worker.ended
  if (!orderly) throw new RunnerError(`worker ${worker.name} has ended: ${reason}`)
}

async function endOfNanny(nanny: Nanny & RunningWorker): Promise<void> {
  const death = await nanny.ended
  if (death && !death.expected) throw new RunnerError(`worker ${nanny.name} ${death.reason}`)
}

/** A rank has its share of the cores and the memory of its machine, of which others have the rest. */
async function shareOf(
  { ranksHere = 1 }: World,
  { threads, memoryLimit }: RunnerWorker,
): Promise<Pick<WorkerOptions, 'threads' | 'memoryLimit'>> {
  // What Slurm grants to each of its tasks is that task's alone.
  const sharing = process.env.SLURM_CPUS_PER_TASK === undefined ? ranksHere : 1
  const cores = threads ?? Math.max(1, Math.floor(availableCores() / sharing))
  const memory = await import('../memory/index.js')
  const granted = slurmMemory(process.env, ranksHere)
  return {
    threads: cores,
    memoryLimit: memoryLimit ?? granted ?? Math.floor(memory.availableMemory() / ranksHere),
  }
}

/** The bytes that Slurm grants to each of a job's tasks on this machine; undefined: it limits none. */
export function slurmMemory(env: Readonly<Record<string, string | undefined>>, ranksHere: number): number | undefined {
  const node = Number(env.SLURM_MEM_PER_NODE)
  if (node > 0) return Math.floor((node * 2 ** 20) / ranksHere)
  const core = Number(env.SLURM_MEM_PER_CPU)
  const cores = Number(env.SLURM_CPUS_PER_TASK ?? 1)
  return core > 0 && cores > 0 ? core * cores * 2 ** 20 : undefined
}

/** Where the worker listens: at the address of this machine that leads to the scheduler, speaking what that speaks, unless told. */
function listenAddress(found: Found, { interface: name, port = 0, protocol }: RunnerWorker): string {
  const theirs = parseAddress(found.address)
  const here = parseAddress(found.local)
  const own = isNetwork(here) ? here.host : '127.0.0.1'
  const scheme = protocol ?? (isNetwork(theirs) ? theirs.scheme : 'tcp')
  return addressOf(scheme, name === undefined ? own : addressOfInterface(name), String(port))
}
