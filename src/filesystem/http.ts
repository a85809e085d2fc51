import { FileError } from './errors.js'
import { bytesOf, bytesTogether, lookAt, type RemoteFile } from './remote-file.js'
import type { Store } from './store.js'
import { systemTiming, type Timing } from './timing.js'

/**
 * Files of HTTP servers, by their URLs; they can only be read. Redirects are followed. A server that knows no ranges gives
 * its files whole. A user and password in the URL are sent as Basic authentication.
 */
export function httpStore(timing: Timing = systemTiming): Store {
  const fileOf = (url: string): RemoteFile => {
    const { address, headers } = withoutUser(url)
    return { name: url, path: shownUrl(url), url: address, headers, timing }
  }
  return {
    stat: (path) => lookAt(fileOf(path)),
    read: (path, start, end, version) => bytesTogether(fileOf(path), start, Math.max(start, end), version),
    stream: (path, start = 0, version) => bytesOf(fileOf(path), start, undefined, version),
    list: (glob) => refuse(`${shownUrl(glob)} cannot be searched: an HTTP server has no list of its files. Name each one`, glob),
    write: (path) => refuse(`${shownUrl(path)} cannot be written: files of HTTP servers are only read`, path),
    remove: (path) => refuse(`${shownUrl(path)} cannot be removed: files of HTTP servers are only read`, path),
  }
}

async function refuse(message: string, url: string): Promise<never> {
  throw new FileError(message, shownUrl(url))
}

function withoutUser(url: string): { address: string; headers: { [name: string]: string } } {
  const parsed = new URL(url)
  const { username, password } = parsed
  if (username === '' && password === '') return { address: url, headers: {} }
  parsed.username = ''
  parsed.password = ''
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return { address: parsed.href, headers: { authorization: `Basic ${user}` } }
}

/** A URL as messages may show it: passwords and the signatures that queries carry are nobody's business. */
export function shownUrl(url: string): string {
  const parsed = new URL(url)
  parsed.username = ''
  parsed.password = ''
  const query = parsed.search === '' ? '' : '?…'
  parsed.search = ''
  return parsed.href + query
}
