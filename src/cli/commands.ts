import type { Command } from './command.js'

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
]
