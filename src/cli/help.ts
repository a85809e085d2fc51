import { formatTable } from '../diagnostics/index.js'
import { type Command, HELP } from './command.js'
import { type Terminal, bold } from './terminal.js'
import { wrapText } from './wrap-text.js'

/** What `heddle --help` prints. */
export function generalHelp(commands: readonly Command[], terminal: Terminal): string {
  const table = formatTable(
    undefined,
    commands.map(({ name, summary }) => [`  ${name}`, summary]),
    'll',
  )
  return [
    'Heddle: parallel computing for TypeScript.',
    '',
    `${bold('Usage', terminal)}  heddle COMMAND [OPTIONS]`,
    '',
    bold('Commands', terminal),
    table,
    '',
    bold('Options', terminal),
    formatTable(
      undefined,
      [
        ['  -h, --help', 'show this help; heddle COMMAND --help shows that of a command'],
        ['  -v, --version', 'show the version'],
      ],
      'll',
    ),
  ].join('\n')
}

/** What `heddle COMMAND --help` prints. */
export function commandHelp(command: Command, terminal: Terminal): string {
  const { name, summary, operands, details } = command
  const options = Object.entries({ ...command.options, help: HELP }).map(([option, { short, value, description }]) => [
    `  ${short ? `-${short}, ` : '    '}--${option}${value ? ` ${value}` : ''}`,
    description,
  ])
  const lines = [
    `${bold('Usage', terminal)}  heddle ${name}${operands && ` ${operands}`} [OPTIONS]`,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
  ]
  if (details) lines.push('', ...wrapText(details, terminal.width ?? 100))
  lines.push('', bold('Options', terminal), formatTable(undefined, options, 'll'))
  return lines.join('\n')
}
