import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HeddleError, asError } from '../base/index.js'

/** A module that is to be loaded first is not there, or cannot be loaded. */
export class PreloadError extends HeddleError {
  static {
    PreloadError.prototype.name = 'PreloadError'
  }
}

/**
 * The address of a module that a person named: a file, as seen from a folder, or a package that is installed there.
 *
 * @throws PreloadError when there is none
 */
export function preloadUrl(specifier: string, folder: string = process.cwd()): string {
  if (/^(?:file|data|node):/.test(specifier)) return specifier
  const path = resolve(folder, specifier)
  if (existsSync(path)) return pathToFileURL(path).href
  try {
    return pathToFileURL(createRequire(join(folder, 'from-here.js')).resolve(specifier)).href
  } catch (error) {
    const reason = `there is no file ${path}, and no package of that name that can be loaded from ${folder}`
    throw new PreloadError(`the module ${specifier} cannot be loaded first: ${reason}`, { cause: error })
  }
}

/** The flags of Node's that load these modules in a process, and in each of its threads. */
export function preloadFlags(urls: readonly string[]): string[] {
  return urls.flatMap((url) => ['--import', url])
}

/**
 * Loads modules into this thread, one after the other, and gives them by their addresses: they may be plugins.
 *
 * @throws PreloadError
 */
export async function loadFirst(urls: readonly string[]): Promise<Map<string, object>> {
  const modules = new Map<string, object>()
  for (const url of urls) {
    try {
      modules.set(url, (await import(url)) as object)
    } catch (thrown) {
      throw new PreloadError(`the module ${url} failed when it was loaded first: ${asError(thrown).message}`, { cause: thrown })
    }
  }
  return modules
}
