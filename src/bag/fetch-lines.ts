import { asError } from '../base/index.js'
import { FetchError } from './errors.js'

/** The lines of a text on the web. Throws `FetchError`, which names the URL and the status. */
export async function fetchLines(url: string): Promise<string[]> {
  let text: string
  let response: Response
  try {
    response = await fetch(url)
    if (!response.ok) {
      await response.body?.cancel()
      throw new FetchError(url, response.status, `the server answered ${`${response.status} ${response.statusText}`.trim()}`)
    }
    text = await response.text()
  } catch (thrown) {
    if (thrown instanceof FetchError) throw thrown
    const error = asError(thrown)
    const reason = error.cause === undefined ? error : asError(error.cause)
    throw new FetchError(url, undefined, reason.message || (reason as NodeJS.ErrnoException).code || error.message, {
      cause: error,
    })
  }
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
