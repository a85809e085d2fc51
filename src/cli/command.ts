import { parseArgs } from 'node:util'
import { asError } from '../base/index.js'
import { UsageError } from './errors.js'
import type { Terminal } from './terminal.js'

/** An option of a command; all of them may also be left out. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  readonly description: string
  /** what stands for the value of a string in the help: `--port NUMBER` */
  readonly value?: string
  /** whether it may be given several times, which gives a list */
  readonly multiple?: boolean
}

/** What an option was given: undefined when it was not. */
export type OptionValue = string | boolean | readonly string[] | undefined

/** What a command is given. */
export interface CommandInput {
  readonly options: Readonly<Record<string, OptionValue>>
  readonly positionals: readonly string[]
  readonly terminal: Terminal
}

/** A command of `heddle`. */
export interface Command {
  readonly name: string
  /** one line, for the list of commands */
  readonly summary: string
  /** what may stand after the name, besides options: `[NAME]` */
  readonly operands: string
  /** how many operands there may be */
  readonly mostOperands: number
  readonly options: Readonly<Record<string, OptionSpec>>
  /** what else there is to know */
  readonly details?: string
  /** Loads what runs it: what one command needs, others do not wait for. It gives the exit code. */
  readonly load: () => Promise<{ readonly run: (input: CommandInput) => number | Promise<number> }>
}

/** The arguments after a command's name, taken apart by what it accepts. */
export function parseInput(command: Command, args: readonly string[], terminal: Terminal): CommandInput {
  const hint = `see heddle ${command.name} --help`
  const options = Object.entries({ ...command.options, help: HELP }).map(([name, { type, short, multiple = false }]) => [
    name,
    short === undefined ? { type, multiple } : { type, short, multiple },
  ])
  let parsed: Pick<CommandInput, 'options' | 'positionals'>
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(options) as Record<string, { type: 'boolean' | 'string' }>,
      allowPositionals: true,
    })
    parsed = { options: values as CommandInput['options'], positionals }
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')) throw error
    throw new UsageError(`${command.name}: ${firstSentence(asError(error).message)}; ${hint}`, { cause: error })
  }
  if (parsed.positionals.length > command.mostOperands) {
    throw new UsageError(
      `${command.name}: there is one argument too many, ${JSON.stringify(parsed.positionals[command.mostOperands])}; ${hint}`,
    )
  }
  return { ...parsed, terminal }
}

/** Node goes on with advice on how to quote. */
function firstSentence(message: string): string {
  const [sentence] = message.split(/\.? To specify /)
  return sentence![0]!.toLowerCase() + sentence!.slice(1)
}

export const HELP: OptionSpec = { type: 'boolean', short: 'h', description: 'show this help' }
