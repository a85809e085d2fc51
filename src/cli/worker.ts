import { formatBytes } from '../base/index.js'
import type { WorkerServerOptions } from '../cluster/index.js'
import type { CommandInput } from './command.js'
import { ExitCode } from './exit-codes.js'
import { type SchedulerPlace, findScheduler } from './find-scheduler.js'
import { localDirectory } from './local-directory.js'
import { OptionValues } from './option-values.js'
import { writePidFile } from './pid-file.js'
import type { Reached } from '../protocol/index.js'
import { reachScheduler } from './reach-scheduler.js'
import { serviceLog } from './service-log.js'
import { onSignals } from './shutdown.js'
import { StdinControl } from './stdin-control.js'
import { listenAddressOf, workerPlan } from './worker-plan.js'
import { WorkerProcesses } from './worker-processes.js'
import { WorkerInProcess } from './worker-in-process.js'

/** `heddle worker` */
export async function run({ options, positionals, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('worker', options)
  const plan = workerPlan(values)
  const pidFile = values.text('pid-file')
  const log = serviceLog(terminal, values)
  log.takeWarnings()
  const folder = localDirectory(plan.localDirectory)
  const control = values.flag('stdin-control') ? await StdinControl.open() : undefined

  // Until there are workers, a signal ends the waiting.
  const giveUp = new AbortController()
  let workers: WorkerProcesses | WorkerInProcess | undefined
  const removePidFile = pidFile === undefined ? undefined : writePidFile(pidFile)
  const ignoreSignals = onSignals({
    first: (signal) => {
      log.tell('plain', 'closing', signal === 'SIGTERM' ? 'SIGTERM: what is held is moved to other workers' : 'SIGINT: closing', {
        signal,
      })
      giveUp.abort()
      if (signal === 'SIGTERM') workers?.drain()
      else workers?.close()
    },
    second: () => {
      workers?.kill()
      removePidFile?.()
    },
  })
  control?.listen((order, why) => {
    log.tell('plain', 'closing', why, { order })
    giveUp.abort()
    // Those who are still there may want what it holds.
    if (order === 'close') workers?.close()
    else workers?.drain()
  })
  try {
    const place: SchedulerPlace =
      control ??
      (await findScheduler({
        address: positionals[0],
        values,
        timeout: plan.deathTimeout,
        signal: giveUp.signal,
        waiting: (path) => log.tell('plain', 'waiting', `waiting for ${path}`, { path }),
      }))
    const reached: Reached = await reachScheduler({
      addresses: place.addresses,
      credentials: place.credentials,
      timeout: plan.deathTimeout,
      signal: giveUp.signal,
      waiting: ({ message }) => log.tell('warning', 'waiting', `waiting for the scheduler: ${message}`, { reason: message }),
    })
    const each: Omit<WorkerServerOptions, 'name'> = {
      scheduler: reached.address,
      credentials: place.credentials,
      threads: plan.threads,
      listen: listenAddressOf(plan, reached.address, reached.local),
      contactAddress: plan.contactAddress,
      resources: plan.resources,
      memoryLimit: plan.memory,
      nanny: plan.nanny,
      preload: plan.preload,
      localDirectory: folder,
    }
    const memory = plan.memory === Infinity ? '' : `, ${formatBytes(plan.memory)}`
    const shape = `${plan.threads} ${plan.threads === 1 ? 'thread' : 'threads'}${memory}`
    workers = plan.nanny ? new WorkerProcesses(plan, each, shape, log) : new WorkerInProcess(plan, each, shape, log)
    // The signal may have come just before.
    if (!giveUp.signal.aborted) await workers.run()
    return ExitCode.done
  } catch (error) {
    if (giveUp.signal.aborted && workers === undefined) return ExitCode.done
    throw error
  } finally {
    control?.close()
    ignoreSignals()
    removePidFile?.()
  }
}
