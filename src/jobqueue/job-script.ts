/** What a job script is made of. */
export interface ScriptParts {
  /** the first line, with #! */
  readonly shebang: string
  /** what directives begin with: `#SBATCH` */
  readonly prefix: string
  /** directives without it, in their order */
  readonly directives: readonly string[]
  readonly prologue: readonly string[]
  /** what runs the workers */
  readonly command: string
  readonly epilogue: readonly string[]
}

/** A job script for sh. */
export function jobScript({ shebang, prefix, directives, prologue, command, epilogue }: ScriptParts): string {
  const head = [shebang, '', ...directives.map((directive) => `${prefix} ${directive}`), '', ...prologue]
  return `${[...head, ...body(command, epilogue)].join('\n')}\n`
}

/**
 * The command and what follows it. Engines send SIGTERM before they kill: the workers then have the time to move what they
 * hold, but only if the shell does not end first, and with it the job.
 */
export function body(command: string, epilogue: readonly string[]): string[] {
  return epilogue.length === 0 ? [`exec ${command}`] : ['trap : TERM', command, ...epilogue]
}

/** The directives of an engine without those that are not wanted, and with those that are besides. */
export function chosen(own: readonly string[], skipped: readonly string[], extra: readonly string[]): string[] {
  return [...own.filter((directive) => !skipped.some((skip) => isMeant(directive, skip.trim()))), ...extra]
}

/** `-l select` is `-l select=1:ncpus=4`, but `-n` is not `--name`. */
function isMeant(directive: string, skip: string): boolean {
  return directive.startsWith(skip) && !/^[\w-]/.test(directive.slice(skip.length))
}
