export type { Command, CommandInput, OptionSpec } from './command.js'
export { runCommand } from './run-command.js'
export type { Terminal } from './terminal.js'
