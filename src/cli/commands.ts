import type { Command } from './command.js'
import { historyOptions, replayOptions, topOptions } from './diagnostics-options.js'
import { mpiOptions, schedulerOptions, sshOptions, workerOptions } from './service-options.js'

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
    name: 'jobs',
    summary: 'show the jobs of your clusters of jobs: states, reasons, core-hours',
    operands: '',
    mostOperands: 0,
    options: {
      clean: { type: 'boolean', description: 'cancel the jobs of clusters whose program has ended, and remove their folders' },
      'shared-directory': {
        type: 'string',
        value: 'FOLDER',
        description: 'where clusters have their folders, if not where they do unless told',
      },
      json,
    },
    load: () => import('./jobs.js'),
  },
  {
    name: 'jobscript',
    summary: 'print the script that a cluster would run as a job',
    operands: 'ENGINE [NAME=VALUE]...',
    mostOperands: Infinity,
    options: {},
    details:
      'ENGINE is slurm, sge, pbs, oar, lsf, moab, htcondor or local; NAME is an option as the start of its cluster takes it: cores=8 memory=24GB queue=main. Options in heddle.yaml count as for programs. What is given several times is a list.',
    load: () => import('./jobscript.js'),
  },
  {
    name: 'top',
    summary: 'show live what a cluster does: workers, tasks, where the time goes',
    operands: '[ADDRESS]',
    mostOperands: 1,
    options: topOptions,
    details:
      'ADDRESS is that of a scheduler: tls://host:8786. Keys: q ends, s sorts the workers by the next column, r the other way round, the arrows scroll. Where no person reads it, it prints once and ends.',
    load: () => import('./top.js'),
  },
  {
    name: 'replay',
    summary: 'show the dump of a cluster again, in the terminal and on the pages of the dashboard',
    operands: 'DUMP',
    mostOperands: 1,
    options: replayOptions,
    details: 'DUMP is a file that client.dump(path) wrote. It serves the pages until it is interrupted.',
    load: () => import('./replay.js'),
  },
  {
    name: 'history',
    summary: 'show what was run, what it cost, and what changed between two runs',
    operands: '[list | show RUN | compare RUN RUN | cost | sql STATEMENT]',
    mostOperands: 1000,
    options: historyOptions,
    details:
      'RUN is a name, its beginning or its end, last, or last~1 for the run before. cost sums core hours by --by. sql is about the tables runs, groups, workers, submissions, errors and tasks: heddle history sql \'SELECT "user", sum(core_hours) FROM runs GROUP BY ALL\'. Core hours are those in which threads computed; reserved are those of all threads that were there, divided by the programs that were. The settings history say where runs are written, and for how long they are kept.',
    load: () => import('./history.js'),
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
  {
    name: 'ssh',
    summary: 'run a scheduler and workers on hosts that one can log in to',
    operands: '[HOST…]',
    mostOperands: 10_000,
    options: sshOptions,
    details:
      'HOST is what ssh takes: name, user@name, name:port. The first one runs the scheduler, the others workers; one that is there twice does both. The hosts need Node and the package heddle, and a login without a password (keys, or an agent). SIGINT and SIGTERM end all of it; so does the end of the connections. It prints the file by which clients connect.',
    load: () => import('./ssh.js'),
  },
]
