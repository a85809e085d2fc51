import { execFile } from 'node:child_process'
import { CommandMissing, EngineRefused } from './errors.js'

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
      throw new CommandMissing(`${command} not found: is this a ${this.#engine} login node?`, { cause: error })
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

  refused(command: string, args: readonly string[], { code, stdout, stderr }: CommandResult): EngineRefused {
    const words = stderr.trim() || stdout.trim() || 'it said nothing'
    return new EngineRefused(`${this.#engine} refused \`${[command, ...args].join(' ')}\` (exit code ${code}): ${words}`)
  }
}
