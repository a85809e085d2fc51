import { once } from 'node:events'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { inspect } from 'node:util'
import { type Gzip, createGzip } from 'node:zlib'
import { ArgumentError, asError } from '../base/index.js'
import { heddleVersion } from '../comm/index.js'
import { publicSettings } from '../config/index.js'
import { decode, prepare } from '../transfer/index.js'
import type { ClientCore } from './core.js'
import { DUMP_FORMAT, type DumpLine } from './read-dump.js'
import { taskStream } from './task-stream.js'

/** Characters that are gathered before they are written. */
const PIECE = 2 ** 18

interface Head {
  readonly scheduler: { readonly events: { readonly oldest: number; readonly length: number } }
  readonly settings: unknown
  readonly workers: readonly unknown[]
  readonly clients: readonly unknown[]
  readonly graphs: readonly unknown[]
  readonly groups: readonly unknown[]
  readonly topics: readonly {
    readonly topic: string
    readonly time: number
    readonly client: string
    readonly value: Uint8Array
  }[]
}

/** See `Client.dump`. */
export async function writeDump(core: ClientCore, path: string, compress: boolean): Promise<void> {
  if (typeof path !== 'string' || path === '') throw new ArgumentError('dump: the path of the file is needed')
  // Whoever looks at the file finds all of it, or the one of before. What tasks are called is nobody else's business.
  const partial = `${path}.${process.pid}.part`
  const file = await open(partial, 'wx', 0o600)
  try {
    const writer = new LineWriter(file, compress, (text) => core.conceal(text))
    for await (const lines of linesOf(core)) await writer.write(lines)
    await writer.end()
    await file.close()
    await rename(partial, path)
  } catch (error) {
    await file.close()
    await rm(partial, { force: true })
    throw error
  }
}

async function* linesOf(core: ClientCore): AsyncGenerator<DumpLine[]> {
  const head = (await core.ask('dumpHead')) as Head
  const all = (kind: DumpLine['kind'], things: readonly unknown[]): DumpLine[] => things.map((data) => ({ kind, data }))
  yield [
    { kind: 'heddle dump', data: { format: DUMP_FORMAT, heddle: heddleVersion(), node: process.version, time: Date.now() } },
    { kind: 'scheduler', data: { ...head.scheduler, address: core.address } },
    { kind: 'settings', data: { scheduler: head.settings, client: publicSettings() } },
    ...all('worker', head.workers),
    ...all('client', head.clients),
    ...all('graph', head.graphs),
    ...all('group', head.groups),
  ]
  for (let next: unknown = { graph: 0, place: 0 }; next !== undefined; ) {
    const piece = (await core.ask('dumpTasks', next)) as { tasks: unknown[]; next: unknown }
    yield all('task', piece.tasks)
    next = piece.next
  }
  const { oldest, length } = head.scheduler.events
  for (let from = oldest; from < length; ) {
    const piece = (await core.ask('dumpEvents', { from, to: length })) as { events: unknown[]; next: number }
    yield all('event', piece.events)
    from = piece.next
  }
  yield all('run', await taskStream(core, {}))
  const printed = (await core.ask('dumpPrinted')) as { worker: string; lines: readonly object[] }[]
  for (const { worker, lines } of printed)
    yield all(
      'output',
      lines.map((line) => ({ worker, ...line })),
    )
  const logs: DumpLine[] = []
  for (const { topic, time, client, value } of head.topics) {
    logs.push({ kind: 'log', data: { topic, time, client, value: await readable(value) } })
  }
  yield logs
}

/** What a program logged, or, when it cannot be read here, why. */
async function readable(bytes: Uint8Array): Promise<unknown> {
  try {
    await prepare(bytes)
    return decode(bytes)
  } catch (error) {
    return `(cannot be read: ${asError(error).message})`
  }
}

/** Writes lines of JSON to a file. */
class LineWriter {
  readonly #file: FileHandle
  readonly #conceal: (text: string) => string
  readonly #gzip: Gzip | undefined
  #compressed: Uint8Array[] = []
  #lines = 0

  constructor(file: FileHandle, compress: boolean, conceal: (text: string) => string) {
    this.#file = file
    this.#conceal = conceal
    if (!compress) return
    this.#gzip = createGzip()
    this.#gzip.on('data', (bytes: Uint8Array) => this.#compressed.push(bytes))
  }

  async write(lines: readonly DumpLine[]): Promise<void> {
    let text = ''
    for (const line of lines) {
      this.#lines++
      text += `${toJson(line)}\n`
      if (text.length < PIECE) continue
      await this.#put(text)
      text = ''
    }
    if (text !== '') await this.#put(text)
  }

  /** A file without its last line was not written to its end. */
  async end(): Promise<void> {
    await this.write([{ kind: 'end', data: { lines: this.#lines } }])
    if (!this.#gzip) return
    this.#gzip.end()
    await once(this.#gzip, 'end')
    await this.#flush()
  }

  async #put(text: string): Promise<void> {
    const bytes = Buffer.from(this.#conceal(text))
    if (!this.#gzip) {
      await this.#file.write(bytes)
      return
    }
    if (!this.#gzip.write(bytes)) await once(this.#gzip, 'drain')
    await this.#flush()
  }

  async #flush(): Promise<void> {
    for (const bytes of this.#compressed.splice(0)) await this.#file.write(bytes)
  }
}

/** As JSON; what that has no form for becomes the text that `console.log` prints. */
function toJson(line: DumpLine): string {
  try {
    return JSON.stringify(line, plain)
  } catch {
    return JSON.stringify({ ...line, data: inspect(line.data, { depth: 5 }) })
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return inspect(value)
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value) || value instanceof Error) {
    return inspect(value, { depth: 5, maxArrayLength: 100 })
  }
  return value
}
