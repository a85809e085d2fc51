import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommError } from '../comm/index.js'
import { ManagerLink } from '../protocol/index.js'
import { readSchedulerFile } from '../protocol/index.js'
import { atExit } from './at-exit.js'
import type { SchedulerPlace } from './cluster-options.js'
import { type Engine, isOver } from './engine.js'
import { JobFailed } from './errors.js'
import { describeLoss } from './job-reports.js'
import { type ClusterScheduler, joinScheduler } from './scheduler-process.js'
import { prepareLogFolder } from './shared-folder.js'
import { quote } from './shell.js'
import { heddleCommand } from './worker-command.js'

/** Milliseconds between two looks at a scheduler's job that waits. */
const LOOK = 1000

/** The line of sh that runs a scheduler as a job. */
export function schedulerCommand(
  file: string,
  { host, interface: nic, port, protocol, contactAddress }: SchedulerPlace,
  node?: string,
): string {
  // 8786, the scheduler's own, may be taken on a node that others use.
  const line = [`${heddleCommand(node)} scheduler`, '--scheduler-file', quote(file), '--port', quote(String(port ?? 0))]
  if (host !== undefined) line.push('--host', quote(host))
  else if (nic !== undefined) line.push('--interface', quote(nic))
  if (protocol !== undefined) line.push('--protocol', protocol)
  if (contactAddress !== undefined) line.push('--contact-address', quote(contactAddress))
  return line.join(' ')
}

/** A scheduler that runs as a job: what submits it, and where it says where it is. */
export interface SchedulerJob {
  /** the class of the cluster, for messages */
  readonly name: string
  readonly engine: Engine
  readonly scriptPath: string
  readonly logDirectory: string
  readonly file: string
  /** it goes on when the cluster closes, and is found by its file */
  readonly stays: boolean
}

/** The scheduler that the file names if it answers; else one is submitted, and this resolves when it runs. */
export async function findOrSubmitScheduler(job: SchedulerJob): Promise<ClusterScheduler> {
  return (job.stays && (await running(job.file))) || submitScheduler(job)
}

async function running(file: string): Promise<ClusterScheduler | undefined> {
  if (!existsSync(file)) return undefined
  const { addresses, credentials } = await readSchedulerFile(file)
  const link = new ManagerLink(addresses, credentials)
  try {
    await link.reach()
    return await joinScheduler(file)
  } catch (error) {
    // The file of one that was killed.
    if (error instanceof CommError) return undefined
    throw error
  } finally {
    await link.close()
  }
}

async function submitScheduler({ name, engine, scriptPath, logDirectory, file, stays }: SchedulerJob): Promise<ClusterScheduler> {
  await prepareLogFolder(logDirectory)
  await writeFile(scriptPath, engine.script(), { mode: 0o700 })
  const before = existsSync(file) ? (await readSchedulerFile(file)).id : undefined
  const [id] = await engine.submit(scriptPath, 1)
  const cancel = (): Promise<void> => engine.cancel([id!])
  const onExit = (): void => void cancel().catch(() => undefined)
  const forgetExit = atExit(onExit)
  try {
    for (;;) {
      if (existsSync(file) && (await readSchedulerFile(file)).id !== before) break
      const [state] = await engine.list([id!])
      if (state && isOver(state.state) && state.state !== 'unknown') {
        const loss = await describeLoss(name, engine, { job: { ...state, workers: [] }, joined: false, replaced: false })
        const what = loss.message.replace(`the job ${id}`, `the scheduler's job ${id}`)
        throw new JobFailed(what.replace(' before any of its workers had joined; it is not replaced', ''))
      }
      await sleep(LOOK)
    }
  } catch (error) {
    await cancel().catch(() => undefined)
    throw error
  } finally {
    forgetExit()
  }
  const scheduler = await joinScheduler(file)
  return stays ? scheduler : { ...scheduler, close: cancel, cancelSoon: onExit }
}
