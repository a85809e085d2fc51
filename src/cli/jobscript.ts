import { ArgumentError } from '../base/index.js'
import { jobScriptFor } from '../jobqueue/index.js'
import type { CommandInput } from './command.js'
import { UsageError } from './errors.js'

/** `heddle jobscript ENGINE [NAME=VALUE]...` */
export function run({ positionals: [engine, ...assignments], terminal }: CommandInput): number {
  if (engine === undefined)
    throw new UsageError('jobscript: of which engine? For example: heddle jobscript slurm cores=8 memory=24GB')
  try {
    terminal.print(jobScriptFor(engine, optionsOf(assignments)).trimEnd())
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(`jobscript: ${error.message}`, { cause: error })
    throw error
  }
  return 0
}

/** `scheduler.port=8786` is an option of an option; what is said several times is a list. */
function optionsOf(assignments: readonly string[]): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {}
  for (const assignment of assignments) {
    const [, path, text] = /^([\w.-]+)=(.*)$/s.exec(assignment) ?? []
    if (path === undefined) throw new UsageError(`jobscript: ${JSON.stringify(assignment)} is not an option such as walltime=1h`)
    const names = path.split('.')
    const last = names.pop()!
    const at = names.reduce((inside: Record<string, unknown>, name) => (inside[name] ??= {}) as Record<string, unknown>, options)
    const value = text === 'true' ? true : text === 'false' ? false : text!
    at[last] = at[last] === undefined ? value : [at[last], value].flat()
  }
  return options
}
