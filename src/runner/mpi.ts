import type { Client } from '../client/index.js'
import type { RunnerOptions, RunnerScheduler, RunnerWorker } from './runner-options.js'
import { MPIRunner } from './runners.js'

/** How MPI ranks become a cluster: what most programs say of workers and scheduler, without nesting. */
export interface MPIOptions
  extends RunnerOptions,
    Pick<RunnerWorker, 'threads' | 'memoryLimit' | 'localDirectory' | 'nanny' | 'interface' | 'protocol'> {
  /** the port of the scheduler, or a range to choose from; any unless told */
  readonly schedulerPort?: RunnerScheduler['port']
}

export interface InitializeOptions extends MPIOptions {
  /** false: other ranks go on too, with undefined, when the cluster has ended; true unless told: their processes exit then */
  readonly exit?: boolean
}

/**
 * Has the ranks of `mpirun` or `srun` be a cluster: rank 0 schedules, rank 1 goes on with the program, the others work.
 *
 * @returns on rank 1 what `Client.connect` takes; other ranks do not return, unless `exit` is false
 * @throws NoWorld, WorldTooSmall, RunnerError
 * @example
 * const cluster = await initialize({ threads: 5 })
 * const client = await Client.connect(cluster)
 */
export function initialize(options: InitializeOptions & { readonly exit: false }): Promise<MPIRunner | undefined>
export function initialize(options?: InitializeOptions & { readonly exit?: true }): Promise<MPIRunner>
export async function initialize({ exit = true, ...options }: InitializeOptions = {}): Promise<MPIRunner | undefined> {
  return exit ? MPIRunner.start(nested(options)) : MPIRunner.startOrOutlast(nested(options))
}

/**
 * Runs a function on rank 1 with a client of the cluster that the ranks make, and ends the cluster when it has ended.
 *
 * @returns on rank 1 what the function gives; on others undefined, when the cluster has ended
 * @throws what the function throws, on rank 1; NoWorld, WorldTooSmall, RunnerError
 * @example
 * const total = await execute(async (client) => client.submit((x: number) => x + 1, 10), { threads: 2 })
 */
export async function execute<R>(
  work: (client: Client, cluster: MPIRunner) => R,
  options: MPIOptions = {},
): Promise<Awaited<R> | undefined> {
  await using cluster = await MPIRunner.startOrOutlast(nested(options))
  if (!cluster) return undefined
  const { Client } = await import('../client/index.js')
  await using client = await Client.connect(cluster)
  return await work(client, cluster)
}

function nested({ schedulerPort, ...options }: MPIOptions): RunnerOptions {
  const { threads, memoryLimit, localDirectory, nanny, interface: name, protocol, ...rest } = options
  const both = withoutUndefined({ interface: name, protocol })
  return {
    ...rest,
    scheduler: { ...both, ...withoutUndefined({ port: schedulerPort }), ...options.scheduler },
    worker: { ...both, ...withoutUndefined({ threads, memoryLimit, localDirectory, nanny }), ...options.worker },
  }
}

/** Options that are there and undefined would hide what stands for them. */
function withoutUndefined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
