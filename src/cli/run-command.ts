import { HeddleError, nearest } from '../base/index.js'
import { commands } from './commands.js'
import { parseInput } from './command.js'
import { ServiceError, UsageError } from './errors.js'
import { commandHelp, generalHelp } from './help.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

/**
 * Runs what a command line says and gives the exit code: 0 when it went well, 1 when it did not, 2 when the command line
 * itself is wrong; those of services are in exit-codes.ts.
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal)
  } catch (error) {
    // Anything else is a defect, and its stack is wanted.
    if (!(error instanceof HeddleError)) throw error
    terminal.printError(`heddle: ${error.message}`)
    if (error instanceof ServiceError) return error.exitCode
    return error instanceof UsageError ? 2 : 1
  }
}

async function dispatch([word, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  if (word === '--version' || word === '-v') {
    terminal.print(version())
    return 0
  }
  if (word === '--help' || word === '-h' || (word === 'help' && rest.length === 0)) {
    terminal.print(generalHelp(commands, terminal))
    return 0
  }
  if (word === undefined) {
    terminal.printError(generalHelp(commands, terminal))
    return 2
  }
  if (word === 'help') return dispatch([rest[0]!, '--help'], terminal)
  const command = commands.find(({ name }) => name === word)
  if (!command) throw new UsageError(unknown(word))
  const input = parseInput(command, rest, terminal)
  if (input.options.help) {
    terminal.print(commandHelp(command, terminal))
    return 0
  }
  const { run } = await command.load()
  return run(input)
}

function unknown(word: string): string {
  if (word.startsWith('-')) return `there is no option ${word}; heddle --help lists what there is`
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  )
  return `there is no command ${JSON.stringify(word)}; ${near ? `did you mean heddle ${near}?` : 'heddle --help lists them'}`
}
