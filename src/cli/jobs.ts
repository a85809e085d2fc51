import { formatDuration } from '../base/index.js'
import { formatTable } from '../diagnostics/index.js'
import { type ClusterStatus, type JobStatus, listClusters, removeCluster } from '../jobqueue/index.js'
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
  terminal.print(all.length === 0 ? 'There are no clusters of jobs.' : all.map((one) => described(one, terminal)).join('\n\n'))
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

function described(cluster: ClusterStatus, terminal: Terminal): string {
  const { name, pid, host, alive, started, jobs, problem } = cluster
  const whose = `${alive === false ? 'left behind by the program' : 'of the program'} ${pid} on ${host}`
  const lines = [`${bold(name, terminal)}  ${whose}, since ${started.toISOString().slice(0, 19).replace('T', ' ')} UTC`]
  if (problem !== undefined) lines.push(`  ${problem}`)
  if (jobs.length === 0) return [...lines, dim('  no jobs', terminal)].join('\n')
  const pools = jobs.some(({ pool }) => pool !== undefined)
  const rows = jobs.map((job) => [
    `  ${job.id}`,
    ...(pools ? [job.pool ?? ''] : []),
    job.state,
    sinceOf(job),
    String(job.cores),
    job.coreHours === undefined ? '' : job.coreHours.toFixed(2),
    job.reason ?? '',
  ])
  const head = ['  job', ...(pools ? ['pool'] : []), 'state', 'time', 'cores', 'core-hours', 'why']
  const total = jobs.reduce((sum, { coreHours = 0 }) => sum + coreHours, 0)
  lines.push(formatTable(head, rows, pools ? 'lllrrrl' : 'llrrrl'), `  ${total.toFixed(2)} core-hours so far`)
  return lines.join('\n')
}

/** How long it runs, or when it is expected to. */
function sinceOf({ started, estimatedStart }: JobStatus): string {
  if (started) return formatDuration(Math.max(0, Math.round((Date.now() - started.getTime()) / 1000)) * 1000)
  if (!estimatedStart) return ''
  return `in ${formatDuration(Math.max(0, Math.round((estimatedStart.getTime() - Date.now()) / 1000)) * 1000)}`
}
