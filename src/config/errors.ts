import { ArgumentError } from '../base/index.js'

/** Where the value of a setting came from. */
export type Source =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'code'; readonly call: 'config.set' | 'config.with' }

/** A source in a few words: `/etc/heddle/heddle.yaml:3`, `environment variable HEDDLE_THREADS`, `config.set`, `default`. */
export function sourceText(source: Source): string {
  switch (source.from) {
    case 'default':
      return 'default'
    case 'file':
      return `${source.file}:${source.line}`
    case 'environment':
      return `environment variable ${source.variable}`
    case 'code':
      return source.call
  }
}

/** A setting cannot be had as it was given, or a file of settings cannot be read. Says where, what was given, what is accepted. */
export class ConfigError extends ArgumentError {
  static {
    ConfigError.prototype.name = 'ConfigError'
  }
  /** Where the value was given. */
  readonly source: Source
  /** The dotted name of the setting, or undefined when the file as a whole is at fault. */
  readonly setting: string | undefined
  constructor(message: string, at: { source: Source; setting?: string; cause?: unknown }) {
    super(message, at.cause === undefined ? undefined : { cause: at.cause })
    this.source = at.source
    this.setting = at.setting
  }
}
