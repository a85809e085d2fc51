import { FileChangedError } from './errors.js'
import { type Answer, type Ask, type Asking, Interrupted, pause, request } from './request.js'
import type { FileInfo } from './store.js'

/** A file that is had by asking for its URL. */
export interface RemoteFile extends Asking {
  /** The name by which the file's store knows it: what `FileInfo.path` says. */
  readonly name: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
}

/** What the server says of a file. Asks for its first byte, since what answers to GET need not answer to HEAD. */
export async function lookAt(file: RemoteFile): Promise<FileInfo> {
  const answer = await request(askFor(file, 0, 1), file, [416])
  await answer.drop()
  const modified = Date.parse(answer.headers.get('last-modified') ?? '')
  const version = versionOf(answer)
  const info = { path: file.name, modified: Number.isNaN(modified) ? 0 : modified, ...(version !== undefined && { version }) }
  // Not even a first byte: an empty file.
  if (answer.status === 416) return { ...info, size: 0 }
  const whole = answer.status === 206 ? {} : ({ whole: true } as const)
  const size = answer.status === 206 ? contentRange(answer)?.size : Number(answer.headers.get('content-length') ?? Number.NaN)
  if (size !== undefined && !Number.isNaN(size)) return { ...info, size, ...whole }
  let counted = 0
  for await (const chunk of bytesOf(file, 0, undefined, version)) counted += chunk.length
  return { ...info, size: counted, ...whole }
}

/** The bytes of a range, or to the end of the file: when the connection breaks, it is taken up where it broke. */
export async function* bytesOf(
  file: RemoteFile,
  start: number,
  end: number | undefined,
  version: string | undefined,
): AsyncGenerator<Uint8Array> {
  let position = start
  let pinned = version
  for (let failures = 0; end === undefined || position < end; ) {
    const before = position
    try {
      const answer = await request(askFor(file, position, end, pinned), file, [416])
      // Past the end; of an empty file some servers claim to send a byte, which never comes.
      if (answer.status === 416 || contentRange(answer)?.size === 0) {
        await answer.drop()
        return
      }
      const now = versionOf(answer)
      if (pinned !== undefined && now !== undefined && now !== pinned) {
        await answer.drop()
        throw new FileChangedError(file.path)
      }
      pinned ??= now
      let offset = answer.status === 206 ? (contentRange(answer)?.start ?? position) : 0
      for await (const chunk of answer.body()) {
        const bytes = chunk.subarray(
          Math.min(chunk.length, Math.max(0, position - offset)),
          end === undefined ? chunk.length : Math.max(0, Math.min(chunk.length, end - offset)),
        )
        offset += chunk.length
        if (bytes.length > 0) {
          position += bytes.length
          yield bytes
        }
        if (end !== undefined && position >= end) return
      }
      return
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      failures = await pause(file, position > before ? 0 : failures, error)
    }
  }
}

/** The same, together. */
export async function bytesTogether(
  file: RemoteFile,
  start: number,
  end: number,
  version: string | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytesOf(file, start, end, version)) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

function askFor(file: RemoteFile, start: number, end: number | undefined, version?: string): Ask {
  const headers: Record<string, string> = { ...file.headers, 'accept-encoding': 'identity' }
  if (start > 0 || end !== undefined) headers['range'] = `bytes=${start}-${end === undefined ? '' : end - 1}`
  // Weak tags never match here, by RFC 9110; what comes is compared anyway.
  if (version?.startsWith('"')) headers['if-match'] = version
  return { method: 'GET', url: file.url, headers }
}

function versionOf({ headers }: Answer): string | undefined {
  return headers.get('etag') ?? headers.get('last-modified') ?? undefined
}

function contentRange({ headers }: Answer): { start: number; size: number | undefined } | undefined {
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  return start === undefined ? undefined : { start: Number(start), size: size === '*' ? undefined : Number(size) }
}
