import { closeSync, mkdirSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { QueryError } from '../duckdb/index.js'
import { type FileInfo, fetchNow, removeFolderSync, schemeOf, storeOf, temporaryFolderSync } from '../filesystem/index.js'
import { config } from '../config/index.js'
import { quoteText } from './sql/literal.js'

/** A row of what the database says about files. */
export type Answered = readonly (string | number | bigint | null)[]

/** Asks the database about files. */
export type Ask = (sql: string) => Promise<readonly Answered[]>

/** What of a scan is on servers: its files are local ones, with holes that are filled before it runs. */
export interface RemoteFiles {
  /** what people call a file */
  nameOf(file: string): string
  /** Fetches what these columns of these files take. */
  fill(files: readonly string[], columns: ReadonlySet<string>, ask: Ask): Promise<void>
}

/** Local files for those of a scan, and what fills them; of local files nothing. */
export interface LocalFiles {
  readonly paths: readonly string[]
  readonly remote: RemoteFiles | undefined
}

/** Where a footer most often is found whole. */
const tail = 1 << 16
const magic = 'PAR1'

/** @param holes of Parquet: only the ends of files are fetched now, columns when they are needed */
export function localFiles(files: readonly FileInfo[], holes: boolean): LocalFiles {
  const isRemote = ({ path }: FileInfo) => schemeOf(path) !== 'file'
  if (!files.some(isRemote)) return { paths: files.map(({ path }) => path), remote: undefined }
  const folder = temporaryFolderSync('heddle-remote-', config.get('temporaryDirectory'))
  keepUntilExit(folder)
  const paths = files.map((file) => (isRemote(file) ? join(folder, placeOf(file.path)) : file.path))
  const jobs = files.flatMap((file, i) => (isRemote(file) ? [{ file, target: paths[i]!, ...(holes && { tail }) }] : []))
  for (const { target } of jobs) mkdirSync(dirname(target), { recursive: true })
  fetchNow(jobs)
  if (holes) {
    // Longer footers are fetched once more, as long as they are.
    const longer = jobs.flatMap((job) => {
      const length = footerOf(job.target, job.file)
      return length > tail ? [{ ...job, tail: length }] : []
    })
    if (longer.length > 0) fetchNow(longer)
  }
  return { paths, remote: new Copies(folder, new Map(jobs.map(({ target, file }) => [target, file])), holes) }
}

const folders = new Set<string>()

/** The folder goes with the process, if it has not gone before. */
function keepUntilExit(folder: string): void {
  if (folders.size === 0) process.once('exit', () => folders.forEach(removeFolderSync))
  folders.add(folder)
}

/** The length of what a Parquet file ends with: metadata, its length, and a mark. */
function footerOf(path: string, { size, path: name }: FileInfo): number {
  const end = Buffer.alloc(8)
  const handle = openSync(path, 'r')
  try {
    readSync(handle, end, 0, 8, Math.max(0, size - 8))
  } finally {
    closeSync(handle)
  }
  if (end.toString('latin1', 4) !== magic)
    throw new QueryError(`${name}: the file is damaged, cut off, or no Parquet file.`, 'Invalid Input Error')
  return end.readUInt32LE(0) + 8
}

/** Folders that say what rows hold (`year=2024/`) stay what they are. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  const parts = [host, ...pathname.split('/')].filter((part) => part !== '' && part !== '.')
  return join(...parts.map((part) => (part === '..' ? '%2E%2E' : part.replaceAll(':', '_'))))
}

class Copies implements RemoteFiles {
  readonly #files: ReadonlyMap<string, FileInfo>
  /** what is there already, by file and column */
  readonly #filled = new Map<string, Promise<void>>()
  static readonly #unused = new FinalizationRegistry<string>(removeFolderSync)

  readonly #holes: boolean

  constructor(folder: string, files: ReadonlyMap<string, FileInfo>, holes: boolean) {
    this.#files = files
    this.#holes = holes
    Copies.#unused.register(this, folder)
  }

  nameOf(file: string): string {
    return this.#files.get(file)?.path ?? file
  }

  async fill(files: readonly string[], columns: ReadonlySet<string>, ask: Ask): Promise<void> {
    if (!this.#holes) return
    await Promise.all(
      files.map(async (path) => {
        const file = this.#files.get(path)
        if (file === undefined || file.whole === true) return
        const missing = [...columns].filter((name) => !this.#filled.has(`${path}\n${name}`))
        if (missing.length > 0) {
          const filling = fillColumns(path, file, new Set(missing), ask)
          for (const name of missing) this.#filled.set(`${path}\n${name}`, filling)
          filling.catch(() => missing.forEach((name) => this.#filled.delete(`${path}\n${name}`)))
        }
        await Promise.all([...columns].map(async (name) => this.#filled.get(`${path}\n${name}`)))
      }),
    )
  }
}

/** Reads that are closer than this are one: a request costs more than the bytes between them. */
const nearBy = 1 << 16

async function fillColumns(path: string, file: FileInfo, columns: ReadonlySet<string>, ask: Ask): Promise<void> {
  const chunks = await ask(
    `SELECT path_in_schema, least(coalesce(nullif(dictionary_page_offset, 0), data_page_offset), data_page_offset), total_compressed_size,
      bloom_filter_offset, bloom_filter_length FROM parquet_metadata(${quoteText(path)})`,
  )
  const ranges = chunks
    .filter(([name]) => columns.has((name as string).split(', ')[0]!))
    .flatMap(([, offset, size, bloom, length]): [number, number][] => [
      [Number(offset), Number(offset) + Number(size)],
      ...(bloom === null ? [] : [[Number(bloom), Number(bloom) + Number(length ?? nearBy)] as [number, number]]),
    ])
    .sort((a, b) => a[0] - b[0])
  const together: [number, number][] = []
  for (const [start, end] of ranges) {
    const last = together.at(-1)
    if (last && start - last[1] <= nearBy) last[1] = Math.max(last[1], end)
    else together.push([start, Math.min(end, file.size)])
  }
  const store = storeOf(file.path, file.version)
  const handle = await open(path, 'r+')
  try {
    for (const [start, end] of together) {
      const bytes = await store.read(file.path, start, Math.min(end, file.size))
      await handle.write(bytes, 0, bytes.length, start)
    }
  } finally {
    await handle.close()
  }
}
