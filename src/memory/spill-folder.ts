import { rmSync } from 'node:fs'
import { lstat, mkdtemp, open, realpath, rm, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { asError, makeFolder } from '../base/index.js'
import { config } from '../config/index.js'
import { SpillError, SpillFolderError, codeOf } from './errors.js'
import { type Leftovers, USED, removeLeftovers, removeUsed, signFolder } from './leftovers.js'
import { type OpenFile, readSpill, writeSpill } from './spill-file.js'

/** A value that is on disk. */
export interface SpillRef {
  /** the number of its file */
  readonly file: number
  /** the length of the value */
  readonly bytes: number
}

export interface SpillOptions {
  /** gives up: what was begun is undone */
  readonly signal?: AbortSignal
}

/** The numbers by which Linux knows file systems that are in memory: tmpfs and ramfs. */
const IN_MEMORY = [0x01021994, 0x858458f6]

/**
 * Where values go that leave memory: a folder of this process alone, below a folder on a local disk, with a file for each
 * value, so that what is dropped frees its space at once. Its name cannot be predicted, only this user can read it, no link
 * is followed. It goes with `close`, or else with the process; what a killed process left is removed by the next one.
 *
 * @example
 * await using folder = await SpillFolder.open('/scratch')
 * const ref = await folder.write([header, contents])
 * const bytes = await folder.read(ref, (length) => new Uint8Array(length))
 * await folder.drop(ref)
 */
export class SpillFolder implements AsyncDisposable {
  /** the absolute path */
  readonly path: string
  /** whether the folder is itself in memory (a tmpfs), so that what is moved there frees none */
  readonly inMemory: boolean
  /** what was found of processes that ended without tidying up */
  readonly leftovers: Leftovers
  readonly #openFile: OpenFile
  /** what is being done, so that closing waits for it */
  readonly #underWay = new Set<Promise<unknown>>()
  /** the files that are being read, each with how often and what happens once it is not */
  readonly #reading = new Map<number, { times: number; done?: () => void }>()
  #next = 0
  #bytes = 0
  #count = 0
  #closed: Promise<void> | undefined

  private constructor(path: string, inMemory: boolean, leftovers: Leftovers, openFile: OpenFile) {
    this.path = path
    this.inMemory = inMemory
    this.leftovers = leftovers
    this.#openFile = openFile
    removeAtExit(path)
  }

  /**
   * Makes a folder below `parent`, which is made too if need be. Without one it is what the setting `memory.localDirectory`
   * says.
   *
   * @throws SpillFolderError when `parent` is a link or cannot be written
   */
  static async open(
    parent: string = config.get('memory.localDirectory'),
    { openFile = open }: { readonly openFile?: OpenFile } = {},
  ): Promise<SpillFolder> {
    let path: string | undefined
    try {
      const real = await realParent(parent)
      const leftovers = await removeLeftovers(real)
      path = await mkdtemp(join(real, USED))
      await signFolder(path)
      return new SpillFolder(path, IN_MEMORY.includes((await statfs(path)).type), leftovers, openFile)
    } catch (error) {
      if (path !== undefined) await rm(path, { recursive: true, force: true })
      if (codeOf(error) === undefined) throw error
      throw unusable(parent, `cannot be written: ${(error as Error).message}`, error)
    }
  }

  /** bytes of the values that are here */
  get bytes(): number {
    return this.#bytes
  }

  /** how many values are here */
  get count(): number {
    return this.#count
  }

  /**
   * Writes a value that consists of these parts, one after the other. They must not change meanwhile. Some tenths of a
   * millisecond at a time, so large values do not hold up what else goes on.
   *
   * @throws DiskFull when there is no room; SpillError when it cannot be written otherwise. Nothing of it remains
   */
  write(parts: readonly Uint8Array[], { signal }: SpillOptions = {}): Promise<SpillRef> {
    return this.#track(async () => {
      const file = this.#next++
      const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
      await writeSpill(this.#pathOf(file), parts, this.#openFile, () => this.#goOn(signal))
      this.#bytes += bytes
      this.#count++
      return { file, bytes }
    })
  }

  /**
   * Reads a value into memory that `allocate` gives, exactly as much as it is asked for. It stays on disk. When reading
   * fails the memory is the caller's to give back.
   *
   * @throws SpillError when it is damaged or cannot be read
   */
  read(ref: SpillRef, allocate: (bytes: number) => Uint8Array, { signal }: SpillOptions = {}): Promise<Uint8Array> {
    return this.#track(async () => {
      const reading = this.#reading.get(ref.file) ?? { times: 0 }
      this.#reading.set(ref.file, reading)
      reading.times++
      try {
        return await readSpill(this.#pathOf(ref.file), ref.bytes, allocate, this.#openFile, () => this.#goOn(signal))
      } finally {
        if (--reading.times === 0) {
          this.#reading.delete(ref.file)
          reading.done?.()
        }
      }
    })
  }

  /**
   * Removes a value, once. Who reads it just then gets it still. It counts as gone at once; the promise is kept when its
   * space is free. After `close` there is nothing to do.
   *
   * @throws SpillError when the file cannot be removed
   */
  async drop(ref: SpillRef): Promise<void> {
    if (this.#closed) return
    this.#bytes -= ref.bytes
    this.#count--
    await this.#track(async () => {
      const reading = this.#reading.get(ref.file)
      if (reading) await new Promise<void>((done) => (reading.done = done))
      const path = this.#pathOf(ref.file)
      try {
        await rm(path, { force: true })
      } catch (error) {
        throw new SpillError(path, 0, `a value could not be removed from disk: ${asError(error).message}`, error)
      }
    })
  }

  /** Removes everything, the folder too. What is being written or read fails with a SpillFolderError. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    try {
      await removeUsed(this.path)
    } catch (error) {
      // Somebody tidied up before us.
      if (codeOf(error) !== 'ENOENT') throw error
    }
    used?.delete(this.path)
  }

  #pathOf(file: number): string {
    return join(this.path, `${file}.value`)
  }

  #goOn(signal: AbortSignal | undefined): void {
    if (this.#closed) throw new SpillFolderError(`the folder for values on disk is closed (${this.path})`)
    signal?.throwIfAborted()
  }

  async #track<T>(action: () => Promise<T>): Promise<T> {
    this.#goOn(undefined)
    const promise = action()
    this.#underWay.add(promise)
    try {
      return await promise
    } finally {
      this.#underWay.delete(promise)
    }
  }
}

/** The folder to make ours in, with no link left in its path. */
async function realParent(parent: string): Promise<string> {
  // The system's own folder is a link on some systems, which nobody but root could have made.
  if (parent === 'auto') return realpath(config.get('temporaryDirectory'))
  const path = resolve(parent)
  makeFolder(path, 0o700)
  const stat = await lstat(path)
  if (stat.isSymbolicLink()) {
    throw unusable(parent, 'is a link, and whoever made it could point it elsewhere')
  }
  if (!stat.isDirectory()) throw unusable(parent, 'is not a folder')
  return realpath(path)
}

function unusable(parent: string, why: string, cause?: unknown): SpillFolderError {
  const name = parent === 'auto' ? `${config.get('temporaryDirectory')} (the setting temporaryDirectory)` : resolve(parent)
  return new SpillFolderError(
    `the folder for values that leave memory, ${name}, ${why}: set memory.localDirectory to a folder on a local disk that you may write`,
    cause === undefined ? undefined : { cause },
  )
}

/** The folders that are in use, which go when the process exits; undefined as long as there never was one. */
let used: Set<string> | undefined

function removeAtExit(path: string): void {
  if (!used) {
    const folders = (used = new Set<string>())
    process.once('exit', () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    })
  }
  used.add(path)
}
