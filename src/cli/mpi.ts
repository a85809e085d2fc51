import { asError } from '../base/index.js'
import { mpiWorld, rolesIn, schedulerFileOf } from '../runner/index.js'
import type { CommandInput, OptionValue } from './command.js'
import { UsageError } from './errors.js'
import { OptionValues } from './option-values.js'
import { schedulerOptions, workerOptions } from './service-options.js'

/** `heddle mpi`: what this rank is, `heddle scheduler` or `heddle worker` does. */
export async function run({ options, positionals, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('mpi', options)
  const [address] = positionals
  const withScheduler = !values.flag('no-scheduler') && address === undefined
  const world = mpiWorld()
  const roles = rolesIn(
    world,
    {
      withScheduler,
      withClient: false,
      schedulerRank: values.count('scheduler-rank', 0) ?? 0,
      exclusiveWorkers: !values.flag('inclusive-workers'),
    },
    'heddle mpi',
  )
  const given = values.text('scheduler-file')
  if (!withScheduler && given === undefined && address === undefined) {
    throw new UsageError('mpi: --no-scheduler: which scheduler is there already? Give its ADDRESS or its --scheduler-file')
  }
  const place = address === undefined ? { 'scheduler-file': schedulerFileOf(given, world, 'heddle mpi') } : {}
  const running: Promise<number>[] = []
  if (roles.scheduler) {
    const { run: schedule } = await import('./scheduler.js')
    const port = values.text('scheduler-port') ?? '0'
    running.push(schedule({ options: { ...shared(options, schedulerOptions), ...place, port }, positionals: [], terminal }))
  }
  if (roles.worker) {
    const { run: work } = await import('./worker.js')
    const name = `${values.text('name') ?? 'heddle-mpi'}-${world.rank}`
    const mine = { nworkers: '1', port: options['worker-port'], name }
    running.push(work({ options: { ...shared(options, workerOptions), ...place, ...mine }, positionals, terminal }))
  }
  return worstOf(running)
}

/** Those of the options that a service has too. */
function shared(options: CommandInput['options'], known: object): Record<string, OptionValue> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(known, name)))
}

async function worstOf(running: readonly Promise<number>[]): Promise<number> {
  const ends = await Promise.allSettled(running)
  for (const end of ends) if (end.status === 'rejected') throw asError(end.reason)
  return Math.max(...ends.map((end) => (end.status === 'fulfilled' ? end.value : 0)))
}
