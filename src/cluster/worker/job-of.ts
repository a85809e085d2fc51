/** By batch system: the variable of the environment that says which job a process belongs to. */
const variables: readonly (readonly [engine: string, variable: string])[] = [
  ['slurm', 'SLURM_JOB_ID'],
  ['pbs', 'PBS_JOBID'],
  ['lsf', 'LSB_JOBID'],
  ['oar', 'OAR_JOB_ID'],
  ['cobalt', 'COBALT_JOBID'],
  // Others have variables of that name too.
  ['sge', 'JOB_ID'],
  ['local', 'LOCAL_JOB_ID'],
]

/** The job of a batch system that a process of this environment belongs to, as 'slurm 1234'. */
export function jobOf(environment: NodeJS.ProcessEnv): { readonly job?: string } {
  for (const [engine, variable] of variables) {
    const id = environment[variable]
    if (id && (engine !== 'sge' || environment.SGE_TASK_ID !== undefined)) return { job: `${engine} ${id}` }
  }
  return {}
}

/** The pool that a worker belongs to, which it has a resource of: that is what `annotate({ pool })` asks for. */
export function poolOf(resources: Readonly<Record<string, number>>): { readonly pool?: string } {
  const own = Object.keys(resources).find((name) => name.startsWith(POOL))
  return own === undefined ? {} : { pool: own.slice(POOL.length) }
}

const POOL = 'pool:'
