import { asError } from '../base/index.js'
import { loadFirst, preloadUrl } from '../cluster/index.js'
import { ServiceError } from './errors.js'

/**
 * The addresses of modules that a person named.
 *
 * @throws ServiceError when there is none of one of them
 */
export function preloadUrls(option: string, specifiers: readonly string[]): string[] {
  return specifiers.map((specifier) => {
    try {
      return preloadUrl(specifier)
    } catch (error) {
      const reason = asError(error).message.replace(/^.* cannot be loaded first: /, '')
      throw new ServiceError(`--${option} ${specifier}: ${reason}`, 1, { cause: error })
    }
  })
}

/** Loads modules into this process, one after the other; gives their addresses. */
export async function preloadHere(specifiers: readonly string[]): Promise<string[]> {
  const urls = preloadUrls('preload', specifiers)
  for (const [i, url] of urls.entries()) {
    await loadFirst([url]).catch((error: unknown) => {
      const reason = asError(asError(error).cause).message
      throw new ServiceError(`--preload ${specifiers[i]} failed: ${reason}`, 1, { cause: error })
    })
  }
  return urls
}
