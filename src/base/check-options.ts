import { ArgumentError } from './errors.js'
import { nearest } from './nearest.js'

/** The names of the options that there are: one that is left out, or one too many, does not compile. */
export type OptionNames<O extends object> = Readonly<Record<keyof O, true>>

/**
 * Options with a name that does not exist would say nothing, and the default hold: in TypeScript they do not compile, and in
 * JavaScript they are an error.
 *
 * @param where for the message: `LocalCluster.start`
 * @throws ArgumentError with the name that was probably meant
 */
export function checkOptions<O extends object>(where: string, given: O, names: OptionNames<O>): void {
  for (const name of Object.keys(given)) if (!Object.hasOwn(names, name)) throw noSuchOption(where, name, Object.keys(names))
}

/** @param where empty where the caller says it */
export function noSuchOption(where: string, name: string, names: readonly string[]): ArgumentError {
  const near = nearest(name, names)
  const hint = near === undefined ? `there are ${names.toSorted().join(', ')}` : `did you mean ${near}?`
  return new ArgumentError(`${where === '' ? '' : `${where}: `}there is no option ${JSON.stringify(name)}; ${hint}`)
}
