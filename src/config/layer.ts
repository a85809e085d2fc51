import { ArgumentError, describe, nearest } from '../base/index.js'
import { ConfigError, type Source, sourceText } from './errors.js'
import { type Settings, type SettingsPatch, schema } from './schema.js'
import { type Schema, Setting } from './setting.js'

/** What one source says: the values it gives, by the dotted names of their settings. */
export type Layer = Map<string, Given>

/** A value that passed its setting's check, and where it came from. */
export interface Given {
  readonly value: {}
  readonly source: Source
}

/** All layers on top of each other. */
export interface View {
  /** Values and groups by dotted name. */
  readonly values: ReadonlyMap<string, {}>
  readonly given: ReadonlyMap<string, Given>
  readonly tree: Settings
}

const settings = new Map<string, Setting<{}, unknown>>()
const groups = new Set<string>()
collect(schema, '')

function collect(part: Schema, prefix: string): void {
  for (const [name, child] of Object.entries(part)) {
    if (child instanceof Setting) settings.set(prefix + name, child)
    else {
      groups.add(prefix + name)
      collect(child, `${prefix}${name}.`)
    }
  }
}

/** Every setting by its dotted name, in the order of the schema. */
export const allSettings: ReadonlyMap<string, Setting<{}, unknown>> = settings

/** What a dotted name stands for. */
export function lookUp(name: string): Setting<{}, unknown> | 'group' | undefined {
  return settings.get(name) ?? (groups.has(name) ? 'group' : undefined)
}

/** Checks a value and puts it into a layer. */
export function give(layer: Layer, name: string, given: unknown, source: Source): void {
  const kind = settings.get(name)!.kind
  const value = kind.parse(given)
  if (value === undefined) {
    throw new ConfigError(`${sourceText(source)}: the setting ${name} cannot be ${describe(given)}: expected ${kind.accepts}`, {
      source,
      setting: name,
    })
  }
  layer.set(name, { value, source })
}

/** That a name stands for a group and not for a value. */
export function groupError(name: string, given: unknown, source: Source): ConfigError {
  const inside = [...settings.keys()].filter((other) => other.startsWith(`${name}.`))
  return new ConfigError(
    `${sourceText(source)}: ${name} cannot be ${describe(given)}, because it is a group of settings: ${inside.join(', ')}`,
    { source, setting: name },
  )
}

/** That there is no such setting, and which was probably meant. */
export function unknownName(name: string): string {
  const near = nearest(name, [...settings.keys(), ...groups])
  return `there is no setting ${JSON.stringify(name)}; ${near ? `did you mean ${JSON.stringify(near)}?` : '`heddle config` lists all of them'}`
}

/** The layer that a program's own object makes. An undefined value counts as not given. */
export function layerOfPatch(patch: SettingsPatch, call: 'config.set' | 'config.with'): Layer {
  const layer: Layer = new Map()
  const source: Source = { from: 'code', call }
  const walk = (part: object, prefix: string) => {
    for (const [key, given] of Object.entries(part) as [string, unknown][]) {
      const name = prefix + key
      const known = lookUp(name)
      if (known === undefined) throw new ArgumentError(`${call}: ${unknownName(name)}`)
      if (given === undefined) continue
      if (known !== 'group') give(layer, name, given, source)
      else if (typeof given === 'object' && given !== null && !Array.isArray(given)) walk(given, `${name}.`)
      else throw groupError(name, given, source)
    }
  }
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    throw new ArgumentError(`${call}: expected an object of settings, such as { threads: 2 }, not ${describe(patch)}`)
  }
  walk(patch, '')
  return layer
}

/** The layer below all others. */
export function layerOfDefaults(): Layer {
  const layer: Layer = new Map()
  for (const [name, { default: given }] of settings) give(layer, name, given, { from: 'default' })
  return layer
}

/** What holds when later layers win over earlier ones. */
export function view(layers: Iterable<View['given']>): View {
  const given = new Map<string, Given>()
  for (const layer of layers) for (const [name, entry] of layer) given.set(name, entry)
  const values = new Map<string, {}>()
  const build = (part: Schema, prefix: string): {} => {
    const built: Record<string, {}> = {}
    for (const [key, child] of Object.entries(part)) {
      const name = prefix + key
      built[key] = child instanceof Setting ? given.get(name)!.value : build(child, `${name}.`)
      values.set(name, built[key])
    }
    return Object.freeze(built)
  }
  return { values, given, tree: build(schema, '') as Settings }
}
