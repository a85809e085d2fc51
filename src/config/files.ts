import { readFileSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import type { Document, Node } from 'yaml'
import { asError, describe } from '../base/index.js'
import { ConfigError, type Source, sourceText } from './errors.js'
import { type Layer, give, groupError, lookUp, unknownName } from './layer.js'

/** Where files of settings are looked for. */
export interface Places {
  readonly environment: NodeJS.ProcessEnv
  readonly systemFolder: string
  readonly homeFolder: string
  readonly workingFolder: string
}

/** The layers that the files make, later ones stronger: the system's, the user's, the working folder's, then $HEDDLE_CONFIG. */
export function layersOfFiles(places: Places, warn: (message: string) => void): Layer[] {
  const layers: Layer[] = []
  const named = filesNamed(places)
  for (const file of filesFoundByPlace(places)) {
    // Named files are read at their own, stronger place.
    if (named.includes(file)) continue
    const text = readIfThere(file, warn)
    if (text !== undefined) layers.push(layerOfYaml(text, file, warn))
  }
  for (const file of named) layers.push(layerOfYaml(readNamed(file), file, warn))
  return layers
}

function filesFoundByPlace({ environment, systemFolder, homeFolder, workingFolder }: Places): string[] {
  const userFolder = environment.XDG_CONFIG_HOME || join(homeFolder, '.config')
  const files = [join(systemFolder, 'heddle.yaml'), join(userFolder, 'heddle', 'heddle.yaml'), join(workingFolder, 'heddle.yaml')]
  return files.filter((file, i) => files.lastIndexOf(file) === i)
}

/** What $HEDDLE_CONFIG stands for: one file, or the *.yaml files of a folder in the order of their names. */
function filesNamed({ environment, workingFolder }: Places): string[] {
  if (!environment.HEDDLE_CONFIG) return []
  const path = resolve(workingFolder, environment.HEDDLE_CONFIG)
  try {
    if (!statSync(path).isDirectory()) return [path]
    const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name))
    return names.sort().map((name) => join(path, name))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(path: string, cause: unknown): ConfigError {
  return new ConfigError(
    `environment variable HEDDLE_CONFIG: ${path} cannot be read (${asError(cause).message}); it must be a YAML file or a folder of them`,
    { source: { from: 'environment', variable: 'HEDDLE_CONFIG' }, cause },
  )
}

/** The text of a file that need not exist. One that exists but cannot be read is somebody else's: a warning, not a failure. */
function readIfThere(file: string, warn: (message: string) => void): string | undefined {
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined
    return readFileSync(file, 'utf8')
  } catch (cause) {
    warn(`${file} is ignored, because it cannot be read (${asError(cause).message})`)
    return undefined
  }
}

type Yaml = typeof import('yaml')

let loaded: Yaml | undefined
// Most programs have no file of settings, and then never pay for loading a YAML parser.
const yaml = (): Yaml => (loaded ??= createRequire(import.meta.url)('yaml') as Yaml)

function layerOfYaml(text: string, file: string, warn: (message: string) => void): Layer {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  // An empty file has no lines; what is wrong with it is wrong with its first.
  const sourceAt = (offset: number) => ({ from: 'file', file, line: lines.linePos(offset).line || 1 }) as const
  const [error] = document.errors
  if (error) {
    const source = sourceAt(error.pos[0])
    throw new ConfigError(`${sourceText(source)}: this is not valid YAML: ${error.message}`, { source, cause: error })
  }
  for (const warning of document.warnings) warn(`${sourceText(sourceAt(warning.pos[0]))}: ${warning.message}`)
  return layerOfDocument(document, sourceAt, warn)
}

function layerOfDocument(
  document: Document.Parsed,
  sourceAt: (offset: number) => Source,
  warn: (message: string) => void,
): Layer {
  const { isAlias, isMap, isScalar } = yaml()
  const layer: Layer = new Map()
  const target = (node: unknown) => (isAlias(node) ? node.resolve(document) : node)
  const plain = (node: unknown): unknown => (node as Node | null)?.toJS(document) ?? null
  const sourceOf = (node: unknown) => sourceAt((node as Node | null)?.range?.[0] ?? 0)

  const walk = (node: unknown, prefix: string) => {
    if (!isMap(node)) return
    for (const { key, value } of node.items) {
      const source = sourceOf(key)
      const name = prefix + (isScalar(key) ? String(key.value) : String(key))
      const known = lookUp(name)
      const given = target(value)
      if (known === undefined) warn(`${sourceText(source)} is ignored: ${unknownName(name)}`)
      else if (known !== 'group') give(layer, name, plain(given), source)
      else if (isMap(given)) walk(given, `${name}.`)
      else if (plain(given) !== null) throw groupError(name, plain(given), source)
    }
  }

  const root = document.contents
  if (!isMap(root) && plain(root) !== null) {
    const source = sourceOf(root)
    throw new ConfigError(`${sourceText(source)}: expected settings such as "threads: 2", not ${describe(plain(root))}`, {
      source,
    })
  }
  walk(root, '')
  return layer
}
