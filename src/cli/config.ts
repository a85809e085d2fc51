import { ArgumentError } from '../base/index.js'
import { type SettingPath, type SettingReport, config } from '../config/index.js'
import { formatTable, textWidth } from '../diagnostics/index.js'
import type { CommandInput } from './command.js'
import { UsageError } from './errors.js'
import { type Terminal, bold, dim } from './terminal.js'
import { wrapText } from './wrap-text.js'

/** `heddle config [NAME]` */
export function run({ options, positionals: [name], terminal }: CommandInput): number {
  const all = config.sources()
  const one = all.find((setting) => setting.name === name)
  const chosen = one ? [one] : name === undefined ? all : groupOf(name, all)
  if (options.json) terminal.print(JSON.stringify(one ?? chosen, undefined, 2))
  else if (terminal.width === undefined) {
    if (one && !options.sources) terminal.print(one.text)
    else for (const setting of chosen) terminal.print(plainLine(setting, Boolean(options.sources)))
  } else if (one || options.sources)
    terminal.print(chosen.map((setting) => described(setting, terminal.width!, terminal)).join('\n\n'))
  else terminal.print(listed(chosen, terminal.width, terminal))
  return 0
}

function groupOf(name: string, all: readonly SettingReport[]): SettingReport[] {
  const group = all.filter((setting) => setting.name.startsWith(`${name}.`))
  if (group.length > 0) return group
  try {
    config.get(name as SettingPath)
  } catch (error) {
    // It says what was probably meant.
    if (error instanceof ArgumentError) throw new UsageError(error.message.replace(/^config\.get: /, ''), { cause: error })
    throw error
  }
  return group
}

/** For programs: fields with tabs between them. */
function plainLine(
  { name, text, sourceText, description, default: initial, accepts, variable }: SettingReport,
  sources: boolean,
): string {
  return (
    sources ? [name, text, sourceText, initial, variable, accepts, description] : [name, text, sourceText, description]
  ).join('\t')
}

/** The value as one would write it, and what it counts. */
function valueText({ text, unit }: SettingReport): string {
  return /^\d+$/.test(text) && unit !== '' ? `${text} ${unit}` : text
}

const LONGEST_VALUE = 24
const NARROWEST_DESCRIPTION = 36

/** A line or two for each setting: name, value, description, and where the value comes from unless it is the default. */
function listed(settings: readonly SettingReport[], width: number, terminal: Terminal): string {
  const names = Math.max(...settings.map(({ name }) => name.length))
  const values = Math.min(LONGEST_VALUE, Math.max(...settings.map((setting) => textWidth(valueText(setting)))))
  const left = names + 2 + values + 2
  const beside = width - left >= NARROWEST_DESCRIPTION
  const indent = beside ? left : 4
  return settings
    .map((setting) => {
      const value = valueText(setting)
      const lines = wrapText(setting.description, width - indent)
      if (setting.source.from !== 'default') lines.push(...wrapText(`(from ${setting.sourceText})`, width - indent))
      const head = `${bold(setting.name.padEnd(names), terminal)}  ${value}`
      const fits = beside && textWidth(value) <= values
      const first = fits ? head + ' '.repeat(values - textWidth(value) + 2) + dim(lines.shift()!, terminal) : head
      return [first, ...lines.map((line) => ' '.repeat(indent) + dim(line, terminal))].join('\n')
    })
    .join('\n')
}

/** All there is to know of a setting. */
function described(setting: SettingReport, width: number, terminal: Terminal): string {
  const { name, sourceText, description, default: initial, accepts, variable } = setting
  const facts = formatTable(
    undefined,
    [
      ['  from', sourceText],
      ['  default', initial],
      ['  accepts', accepts],
      ['  variable', variable],
    ],
    'll',
  )
  const words = wrapText(description, width - 2).map((line) => `  ${line}`)
  return [`${bold(name, terminal)} = ${valueText(setting)}`, ...words, dim(facts, terminal)].join('\n')
}
