import { type Layer, allSettings, give } from './layer.js'
import { nearest } from '../base/index.js'

/** The beginning of every environment variable that holds a setting. */
const PREFIX = 'HEDDLE_'

/** Variables with that beginning which are no settings. */
const OTHERS: ReadonlySet<string> = new Set(['HEDDLE_CONFIG'])

/** The environment variable of a setting: `scheduler.allowedFailures` is `HEDDLE_SCHEDULER__ALLOWED_FAILURES`. */
export function variableOf(name: string): string {
  const parts = name.split('.').map((part) => part.replace(/[A-Z]/g, '_$&').toUpperCase())
  return PREFIX + parts.join('__')
}

const byVariable = new Map([...allSettings.keys()].map((name) => [variableOf(name), name]))

/** The layer that environment variables make. An empty variable counts as not given; an unknown one draws a warning. */
export function layerOfEnvironment(environment: NodeJS.ProcessEnv, warn: (message: string) => void): Layer {
  const layer: Layer = new Map()
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith(PREFIX) || OTHERS.has(variable)) continue
    const given = environment[variable]
    const name = byVariable.get(variable)
    if (name === undefined) warn(unknownVariable(variable))
    else if (given) give(layer, name, given, { from: 'environment', variable })
  }
  return layer
}

function unknownVariable(variable: string): string {
  const near = nearest(variable.slice(PREFIX.length).replaceAll('__', '.'), allSettings.keys())
  const hint = near ? `did you mean ${variableOf(near)}?` : '`heddle config` lists all of them'
  return `the environment variable ${variable} is ignored, because no setting has that name; ${hint}`
}
