#!/usr/bin/env node
import { runCommand } from './run-command.js'
import { processTerminal } from './terminal.js'

// `heddle config | head -1`: nobody reads any further, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await runCommand(process.argv.slice(2), processTerminal())
