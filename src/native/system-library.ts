import { type HeddleError, type Koffi, loadKoffi } from '../base/index.js'
import { config } from '../config/index.js'

export type LoadedLibrary = ReturnType<Koffi['load']>

export type LibraryFunction = (...args: readonly unknown[]) => unknown

interface Description<T> {
  /** says where to look: 'auto' by the usual names, 'off' nowhere, anything else is the library's path */
  readonly setting: 'array.openblas' | 'array.highway'
  /** how systems name the library */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** what the setting has to name */
  readonly what: string
  /** what is said of a library without the functions that are looked for */
  readonly lacking: string
  readonly Failure: new (message: string, options?: ErrorOptions) => HeddleError
  /** What is used of a library; undefined if it has not got that. */
  take(library: LoadedLibrary, path: string): T | undefined
}

/** A library that is used where the system has it, and koffi to call it with: there is a way without. */
export class SystemLibrary<T> {
  readonly #description: Description<T>
  #found: { readonly setting: string; readonly functions: T | undefined } | undefined

  constructor(description: Description<T>) {
    this.#description = description
  }

  /**
   * What is used of it; undefined where there is no such library, or it is switched off.
   *
   * @throws Failure when the setting names a library that cannot be used
   */
  find(): T | undefined {
    const setting = config.get(this.#description.setting)
    if (this.#found?.setting !== setting)
      this.#found = { setting, functions: setting === 'off' ? undefined : this.#search(setting) }
    return this.#found.functions
  }

  #search(path: string): T | undefined {
    const { setting, names, what, lacking, Failure, take } = this.#description
    const koffi = this.#koffiFor(path)
    if (!koffi) return undefined
    const problems: string[] = []
    for (const name of path === 'auto' ? (names[process.platform] ?? []) : [path]) {
      let library: LoadedLibrary
      try {
        library = koffi.load(name)
      } catch (error) {
        problems.push((error as Error).message)
        continue
      }
      const functions = take(library, name)
      if (functions !== undefined) return functions
      problems.push(`${name} ${lacking}`)
    }
    if (path === 'auto') return undefined
    throw new Failure(
      `the setting ${setting} names ${path}, which cannot be used: ${problems.join('; ')}. Give the path of ${what}, 'auto' or 'off'`,
    )
  }

  #koffiFor(path: string): Koffi | undefined {
    const { setting, Failure } = this.#description
    try {
      return loadKoffi()
    } catch (error) {
      if (path === 'auto') return undefined
      throw new Failure(
        `the setting ${setting} names ${path}, which needs the package koffi, and that cannot be loaded here. Install it: npm install koffi`,
        { cause: error },
      )
    }
  }
}

/** koffi throws for names that a library does not have: an answer, not a failure. */
export function functionOf(library: LoadedLibrary, prototype: string): LibraryFunction | undefined {
  try {
    return library.func(prototype)
  } catch (error) {
    if (error instanceof Error && /find function|symbol/i.test(error.message)) return undefined
    throw error
  }
}
