import { execFile } from 'node:child_process'
import { CommandMissing, EngineRefused, JobQueueError } from './errors.js'

/** How a command ended, and what it wrote. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command of an engine; what tests replace. It rejects with the code ENOENT when there is no such command.
 *
 * @param input what the command reads from stdin
 */
export type RunCommand = (command: string, args: readonly string[], input?: string) => Promise<CommandResult>

/** What an engine may answer, in bytes: the status of very many jobs. */
const LONGEST_ANSWER = 256 * 2 ** 20

/** Runs the command itself, in the language that the parsers know. */
export const runCommand: RunCommand = (command, args, input) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' }
    const child = execFile(command, [...args], { env, maxBuffer: LONGEST_ANSWER }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr })
    })
    // One that does not read what it is given says itself what is wrong.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })

/** The commands of one engine. */
export class Commands {
  readonly #engine: string
  readonly #run: RunCommand

  /** @param engine as people call it: 'Slurm' */
  constructor(engine: string, run: RunCommand = runCommand) {
    this.#engine = engine
    this.#run = run
  }

  /** How a command ended, whatever its exit code. */
  async try(command: string, args: readonly string[], input?: string): Promise<CommandResult> {
    try {
      return await this.#run(command, args, input)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new CommandMissing(`${command} not found: is this ${article(this.#engine)} ${this.#engine} login node?`, {
        cause: error,
      })
    }
  }

  /**
   * What a command wrote to stdout.
   *
   * @throws EngineRefused with what it said when it failed
   */
  async ask(command: string, args: readonly string[], input?: string): Promise<string> {
    const result = await this.try(command, args, input)
    if (result.code !== 0) throw this.refused(command, args, result)
    return result.stdout
  }

  /**
   * Submits one job after the other, for engines without arrays that all sites have in the same form. Gives their ids, which
   * are the first group of `id` in what the command writes.
   *
   * @throws EngineRefused; JobQueueError when the engine does not say what it calls the job
   */
  async submit(count: number, command: string, args: readonly string[], id: RegExp, input?: string): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < count) {
      const answer = await this.ask(command, args, input)
      const [, found] = id.exec(answer) ?? []
      if (found === undefined)
        throw new JobQueueError(`${this.#engine} has submitted a job, but says not which: ${JSON.stringify(answer)}`)
      ids.push(found)
    }
    return ids
  }

  /**
   * Cancels jobs. `over`: what the engine says of those that are over already, which is no trouble.
   *
   * @throws EngineRefused
   */
  async cancel(command: string, args: readonly string[], over: RegExp): Promise<void> {
    const result = await this.try(command, args)
    if (result.code !== 0 && !over.test(result.stdout + result.stderr)) throw this.refused(command, args, result)
  }

  refused(command: string, args: readonly string[], { code, stdout, stderr }: CommandResult): EngineRefused {
    const words = stderr.trim() || stdout.trim() || 'it said nothing'
    return new EngineRefused(`${this.#engine} refused \`${[command, ...args].join(' ')}\` (exit code ${code}): ${words}`)
  }
}

/** As it is spoken: an LSF, an HTCondor, an OAR. */
const article = (name: string): string => (/^(?:[AEIO]|[FHLMNRSX][A-Z])/.test(name) ? 'an' : 'a')
