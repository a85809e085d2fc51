import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asError } from '../base/index.js'
import { ServiceError } from './errors.js'

/**
 * The address of a module that a person named: a file, as seen from a folder, or a package that is installed there.
 *
 * @throws ServiceError when there is none
 */
export function preloadUrl(specifier: string, folder: string = process.cwd()): string {
  if (/^(?:file|data|node):/.test(specifier)) return specifier
  const path = resolve(folder, specifier)
  if (existsSync(path)) return pathToFileURL(path).href
  try {
    return pathToFileURL(createRequire(join(folder, 'from-here.js')).resolve(specifier)).href
  } catch (error) {
    throw new ServiceError(
      `--preload ${specifier}: there is no file ${path}, and no package of that name that can be loaded from ${folder}`,
      1,
      { cause: error },
    )
  }
}

/** Loads modules into this process, one after the other. */
export async function preloadHere(specifiers: readonly string[]): Promise<void> {
  for (const specifier of specifiers) {
    const url = preloadUrl(specifier)
    await import(url).catch((error: unknown) => {
      throw new ServiceError(`--preload ${specifier} failed: ${asError(error).message}`, 1, { cause: error })
    })
  }
}
