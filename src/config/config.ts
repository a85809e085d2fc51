import { AsyncLocalStorage } from 'node:async_hooks'
import { homedir } from 'node:os'
import { ArgumentError } from '../base/index.js'
import { layerOfEnvironment, variableOf } from './environment.js'
import { type Source, sourceText } from './errors.js'
import { type Places, layersOfFiles } from './files.js'
import { type Layer, type View, allSettings, layerOfDefaults, layerOfPatch, unknownName, view } from './layer.js'
import type { SettingPath, SettingValue, Settings, SettingsPatch } from './schema.js'

/** One setting as `heddle config` shows it. */
export interface SettingReport {
  /** Its dotted name. */
  readonly name: string
  readonly value: SettingValue<SettingPath>
  /** The value as one would write it, with its unit: `5 ms`, `32 MiB`. */
  readonly text: string
  /** Where the value came from, as data and in words (`/etc/heddle/heddle.yaml:3`). */
  readonly source: Source
  readonly sourceText: string
  readonly description: string
  /** What may be given. */
  readonly accepts: string
  /** The unit of the stored number; empty where there is none. */
  readonly unit: string
  /** The default as one would write it. */
  readonly default: string
  /** The environment variable that sets it. */
  readonly variable: string
}

/**
 * The settings of this process. Stronger ones win: the defaults, then YAML files (`/etc/heddle/heddle.yaml`,
 * `~/.config/heddle/heddle.yaml`, `heddle.yaml` in the working folder, the file or folder that `$HEDDLE_CONFIG` names), then
 * environment variables (`HEDDLE_SCHEDULER__ALLOWED_FAILURES=5`), then `config.set`, then `config.with`. Files and environment
 * are read when the first setting is asked for. Names that nobody knows in files and variables draw a warning; values that
 * cannot be are a {@link ConfigError} that says where they were given.
 */
export interface Config {
  /**
   * The value of a setting (durations in milliseconds, sizes in bytes) or a frozen group of them.
   *
   * @throws ArgumentError for a name that does not exist, with the one that was probably meant.
   * @throws ConfigError when a file or a variable holds a value that cannot be.
   * @example config.get('scheduler.allowedFailures') // 3
   */
  get<P extends SettingPath>(name: P): SettingValue<P>
  /**
   * Changes settings for the whole process, until changed again; only those named, and all of them or, on an error, none.
   * Whoever runs inside of `config.with` goes on seeing what that gave. Undefined values are passed over.
   *
   * @throws ConfigError for a value that cannot be; ArgumentError for a name that does not exist.
   * @example config.set({ scheduler: { aheadTime: '10 ms' } })
   */
  set(settings: SettingsPatch): void
  /**
   * Runs a function with other settings and gives back what it returns. They hold for everything that the function calls and
   * awaits, and for nothing else that runs meanwhile.
   *
   * @throws ConfigError for a value that cannot be; ArgumentError for a name that does not exist; whatever the function throws.
   * @example await config.with({ executor: 'inline' }, () => total.compute())
   */
  with<R>(settings: SettingsPatch, run: () => R): R
  /** All settings as one frozen tree. Given to `config.set` in another process or thread, it makes the same settings there. */
  all(): Settings
  /** Every setting with its value, where that came from, and what it means, in the order of the schema. */
  sources(): readonly SettingReport[]
  /**
   * Reads files and environment again; what `config.set` and `config.with` gave stays. On an error the old settings stay.
   *
   * @throws ConfigError when a file or a variable holds a value that cannot be.
   */
  reload(): void
}

/** What `config.with` gave, together with what an enclosing one did; its view is kept as long as the process's is the same. */
interface Scope {
  readonly layer: Layer
  base?: View
  view?: View
}

const defaults = layerOfDefaults()

/** Settings over the given places; the package has one such object, `config`, and tests make their own. */
export function createConfig(placesNow: () => Places, warn: (message: string) => void): Config {
  const scopes = new AsyncLocalStorage<Scope>()
  const code: Layer = new Map()
  let outside: readonly Layer[] | undefined
  let processView: View | undefined

  const read = (): readonly Layer[] => {
    const places = placesNow()
    return [...layersOfFiles(places, warn), layerOfEnvironment(places.environment, warn)]
  }
  const ofProcess = (): View => (processView ??= view([defaults, ...(outside ??= read()), code]))
  const current = (): View => {
    const base = ofProcess()
    const scope = scopes.getStore()
    if (scope === undefined) return base
    if (scope.view === undefined || scope.base !== base) {
      scope.base = base
      scope.view = view([base.given, scope.layer])
    }
    return scope.view
  }

  return {
    get<P extends SettingPath>(name: P) {
      const value = current().values.get(name)
      if (value === undefined) throw new ArgumentError(`config.get: ${unknownName(String(name))}`)
      return value as SettingValue<P>
    },
    set(settings) {
      for (const [name, given] of layerOfPatch(settings, 'config.set')) code.set(name, given)
      processView = undefined
    },
    with(settings, run) {
      const layer = layerOfPatch(settings, 'config.with')
      return scopes.run({ layer: new Map([...(scopes.getStore()?.layer ?? []), ...layer]) }, run)
    },
    all: () => current().tree,
    sources() {
      const { given } = current()
      return [...allSettings].map(([name, { kind, description }]) => {
        const { value, source } = given.get(name)!
        return {
          name,
          value: value as SettingValue<SettingPath>,
          text: kind.show(value),
          source,
          sourceText: sourceText(source),
          description,
          accepts: kind.accepts,
          unit: kind.unit,
          default: kind.show(defaults.get(name)!.value),
          variable: variableOf(name),
        }
      })
    },
    reload() {
      outside = read()
      processView = undefined
    },
  }
}

export const config: Config = createConfig(
  () => ({ environment: process.env, systemFolder: '/etc/heddle', homeFolder: homedir(), workingFolder: process.cwd() }),
  (message) => process.emitWarning(message, 'HeddleConfigWarning'),
)
