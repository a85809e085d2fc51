import { join } from 'node:path'
import { formatDuration } from '../base/index.js'
import { linkWithKey } from '../comm/index.js'
import { formatTable } from '../diagnostics/index.js'
import { type ClusterStatus, type JobStatus, listClusters, removeCluster } from '../jobqueue/index.js'
import { SchedulerFileError, readSchedulerFile } from '../protocol/index.js'
import type { CommandInput } from './command.js'
import { OptionValues } from './option-values.js'
import { type Terminal, bold, dim } from './terminal.js'

/** `heddle jobs` */
export async function run({ options, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('jobs', options)
  const sharedDirectory = values.text('shared-directory')
  const all = await listClusters(sharedDirectory === undefined ? {} : { sharedDirectory })
  if (values.flag('clean')) return clean(all, terminal)
  if (values.flag('json')) {
    terminal.print(JSON.stringify(all, undefined, 2))
    return 0
  }
  const texts: string[] = []
  for (const one of all) texts.push(described(one, await linkTo(one, terminal), terminal))
  if (all.some(({ alive }) => alive === false))
    texts.push('heddle jobs --clean removes what was left behind, and cancels its jobs.')
  terminal.print(texts.length === 0 ? 'There are no clusters of jobs.' : texts.join('\n\n'))
  return 0
}

async function clean(all: readonly ClusterStatus[], terminal: Terminal): Promise<number> {
  const left = all.filter(({ alive }) => alive === false)
  for (const cluster of left) {
    await removeCluster(cluster)
    const count = cluster.jobs.length
    terminal.print(`${cluster.name} of the program ${cluster.pid}: removed, with ${count} ${count === 1 ? 'job' : 'jobs'}`)
  }
  if (left.length === 0) terminal.print('There is nothing that a program of this machine has left behind.')
  return 0
}

/** The address of its page: with the key for the person who reads this, not for whatever keeps what is printed. */
async function linkTo({ dashboard, alive, folder }: ClusterStatus, terminal: Terminal): Promise<string | undefined> {
  if (dashboard === undefined || alive === false || terminal.width === undefined) return dashboard
  try {
    return linkWithKey(dashboard, (await readSchedulerFile(join(folder, 'scheduler.json'))).credentials)
  } catch (error) {
    if (!(error instanceof SchedulerFileError)) throw error
    // It has just ended.
    return dashboard
  }
}

function described(cluster: ClusterStatus, link: string | undefined, terminal: Terminal): string {
  const { name, pid, host, alive, started, jobs, problem } = cluster
  const whose = `${alive === false ? 'left behind by the program' : 'of the program'} ${pid} on ${host}`
  const lines = [`${bold(name, terminal)}  ${whose}, since ${started.toISOString().slice(0, 19).replace('T', ' ')} UTC`]
  if (problem !== undefined) lines.push(`  ${problem}`)
  if (link !== undefined && alive !== false) lines.push(`  ${link}`)
  if (jobs.length === 0) return [...lines, dim('  no jobs', terminal)].join('\n')
  const pools = jobs.some(({ pool }) => pool !== undefined)
  const rows = jobs.map((job) => [
    `  ${job.id}`,
    ...(pools ? [job.pool ?? ''] : []),
    job.state,
    sinceOf(job),
    leftOf(job),
    String(job.cores),
    job.coreHours === undefined ? '' : job.coreHours.toFixed(2),
    job.reason ?? '',
  ])
  const head = ['  job', ...(pools ? ['pool'] : []), 'state', 'time', 'left', 'cores', 'core-hours', 'why']
  const total = jobs.reduce((sum, { coreHours = 0 }) => sum + coreHours, 0)
  lines.push(formatTable(head, rows, pools ? 'lllrrrrl' : 'llrrrrl'), `  ${total.toFixed(2)} core-hours so far`)
  return lines.join('\n')
}

/** How long it runs, or when it is expected to. */
function sinceOf({ started, estimatedStart }: JobStatus): string {
  if (started) return seconds(Date.now() - started.getTime())
  return estimatedStart ? `in ${seconds(estimatedStart.getTime() - Date.now())}` : ''
}

/** How long it is until its engine ends it. */
function leftOf({ ends, state }: JobStatus): string {
  return ends && state === 'running' ? seconds(ends.getTime() - Date.now()) : ''
}

function seconds(milliseconds: number): string {
  return formatDuration(Math.max(0, Math.round(milliseconds / 1000)) * 1000)
}
