import type { Command } from './command.js'
import { mpiOptions, schedulerOptions, workerOptions } from './service-options.js'

const json = { type: 'boolean', description: 'print JSON' } as const

/** The commands that there are. To add one, add it here, and a file that exports its `run`. */
export const commands: readonly Command[] = [
  {
    name: 'info',
    summary: 'show what this machine offers: cores, memory, temporary folder, WebAssembly',
    operands: '',
    mostOperands: 0,
    options: { json },
    load: () => import('./info.js'),
  },
  {
    name: 'config',
    summary: 'show the settings, what they do, and where their values come from',
    operands: '[NAME]',
    mostOperands: 1,
    options: {
      sources: {
        type: 'boolean',
        description: 'also say where each value comes from, what is accepted, and the environment variable',
      },
      json,
    },
    details:
      'NAME is a setting, such as scheduler.allowedFailures, or a group of them, such as scheduler. Where no person reads it, `heddle config NAME` prints the bare value of a setting.',
    load: () => import('./config.js'),
  },
  {
    name: 'scheduler',
    summary: 'run the scheduler of a cluster',
    operands: '',
    mostOperands: 0,
    options: schedulerOptions,
    details:
      'Who is to join needs the file that it writes and names when it listens: it holds the token of the cluster, and only you can read it. TIME is such as 30 s or 1h30m; a bare number counts seconds. SIGINT and SIGTERM end it, and its workers with it; a second one at once. It exits with 0 when it was asked to end, 1 when it could not start, 2 for a wrong command line, and 130 or 143 after a second signal.',
    load: () => import('./scheduler.js'),
  },
  {
    name: 'worker',
    summary: 'run workers of a cluster',
    operands: '[ADDRESS]',
    mostOperands: 1,
    options: workerOptions,
    details:
      'ADDRESS is that of a scheduler: tls://host:8786. SIGTERM moves what the workers hold to others, then ends them; SIGINT ends them; a second signal at once. A worker that dies is started again. It exits with 0 when it was asked to end, 1 when it could not start or go on, 2 for a wrong command line, 69 when no scheduler could be reached in time, and 130 or 143 after a second signal. TIME is such as 30 s or 1h30m; a bare number counts seconds.',
    load: () => import('./worker.js'),
  },
  {
    name: 'mpi',
    summary: 'run a scheduler and workers on the ranks of mpirun or srun',
    operands: '[ADDRESS]',
    mostOperands: 1,
    options: mpiOptions,
    details:
      'To be started by mpirun (Open MPI, MPICH, Intel MPI) or srun on every rank: rank 0 is the scheduler, the others are workers of one process each. ADDRESS is that of a scheduler that is there already. It ends, with exit code 0 on every rank, when a client shuts the scheduler down, after --idle-timeout, and by SIGTERM.',
    load: () => import('./mpi.js'),
  },
]
