import { constants } from 'node:fs'
import { type FileHandle, open as openFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asError, formatBytes } from '../base/index.js'
import { ShuffleError, ShuffleRunEnded } from './errors.js'
import { Partition, type Places } from './partition.js'
import { OPENED_WORDS, type Opened } from './questions.js'
import { eachShard, padded } from './shards.js'

/** Files that are written at once. */
const WRITES = 4
/** Shards beyond the limit move to disk until memory holds this share of it, so that much is written at a time. */
const LOW = 0.5
/** Bytes of a partition in one answer to another worker, more or less. */
const PIECE = 8 * 2 ** 20
/** Runs that are over are remembered, so that what comes late is refused: the last so many. */
const REMEMBERED = 4096

export interface PartitionStoreOptions {
  /** who holds them, for messages */
  readonly name: string
  /** bytes of shards in memory, above which they move to files and those who bring more wait */
  readonly limit: number
  /** the folder for the files, asked for when the first is made */
  readonly folder: () => string
  /** the disk, except where a test makes it fail or simulates it */
  readonly disk?: Partial<Disk> | undefined
}

/** What is done with files. */
export interface Disk {
  open(path: string, flags: number, mode: number): Promise<DiskFile>
  remove(path: string): Promise<void>
}

export type DiskFile = Pick<FileHandle, 'read' | 'writev' | 'close'>

interface StoredRun {
  readonly id: number
  readonly partitions: Map<number, Partition>
  /** partitions that were read by all who read them */
  readonly dropped: Set<number>
  /** whether it was said that it goes on, and not only assumed because something came of it */
  begun: boolean
  failure: ShuffleError | undefined
  /** the transfers that count, as who asked last knows them, and by transfer its place among them */
  transfers: Int32Array
  ranks: Int32Array
}

const NONE = new Int32Array(0)

const removeFile = (path: string): Promise<void> => rm(path, { force: true })

/**
 * Output partitions of shuffles, as they come in: in memory up to a limit, then in one file for each partition, of which
 * few are open at once. Whoever brings shards waits while memory is full.
 */
export class PartitionStore {
  readonly #options: PartitionStoreOptions
  readonly #disk: Disk
  readonly #runs = new Map<number, StoredRun>()
  readonly #ended = new Set<number>()
  #waiting: { readonly run: StoredRun; resolve(): void; reject(error: Error): void }[] = []
  #spilling: Promise<void> | undefined
  readonly #removing = new Set<Promise<void>>()
  /** bytes of shards in memory, those that are being written too */
  bytes = 0
  /** bytes of shards in files */
  diskBytes = 0
  /** files that are open, and that were at most */
  openFiles = 0
  mostOpenFiles = 0

  constructor(options: PartitionStoreOptions) {
    this.#options = options
    const { disk } = options
    this.#disk = { open: disk?.open?.bind(disk) ?? openFile, remove: disk?.remove?.bind(disk) ?? removeFile }
  }

  /** The runs that there is something of, or that go on. */
  get runs(): readonly number[] {
    return [...this.#runs.keys()]
  }

  /** files that there are */
  get files(): number {
    let files = 0
    for (const { partitions } of this.#runs.values()) for (const p of partitions.values()) if (p.fileBytes > 0) files++
    return files
  }

  /** A run goes on of which partitions belong here. */
  begin(run: number): void {
    if (!this.#ended.has(run)) this.#run(run).begun = true
  }

  isEnded(run: number): boolean {
    return this.#ended.has(run)
  }

  /**
   * Takes shards in. Resolves when there is room for more.
   *
   * @throws ShuffleRunEnded when they come too late; ShuffleError when they cannot be kept
   */
  async take(
    run: number,
    transfer: number,
    packed: { readonly directory: Int32Array; readonly bytes: Uint8Array },
  ): Promise<void> {
    const stored = this.#run(run)
    if (stored.failure) throw stored.failure
    eachShard(packed.directory, (output, count, at, length) => {
      let partition = stored.partitions.get(output)
      if (!partition) stored.partitions.set(output, (partition = new Partition()))
      partition.add(transfer, count, packed.bytes, at, length)
      this.bytes += length
    })
    if (this.bytes <= this.#options.limit) return
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ run: stored, resolve, reject })
      this.#spill()
    })
  }

  /**
   * The shards of a partition for a task in this process: those in memory are copied together, those on disk are for the
   * task to read.
   *
   * @throws ShuffleRunEnded when it is not here; ShuffleError when it could not be kept
   */
  open(run: number, output: number, transfers: Int32Array): Opened {
    const { memory, at, length, count } = this.#places(run, output, transfers)
    const shards = new Float64Array(memory.length * OPENED_WORDS)
    let bytes = 0
    memory.forEach((piece, i) => {
      shards[i * OPENED_WORDS] = piece ? bytes : -1 - at[i]!
      shards[i * OPENED_WORDS + 1] = length[i]!
      shards[i * OPENED_WORDS + 2] = count[i]!
      if (piece) bytes += padded(length[i]!)
    })
    const together = new Uint8Array(bytes)
    memory.forEach((piece, i) => {
      if (piece) copy(piece, at[i]!, length[i]!, together, shards[i * OPENED_WORDS]!)
    })
    return { shards, bytes: together, path: this.#path(run, output), next: -1 }
  }

  /** As `open`, for a task elsewhere: a few megabytes of it, from that shard on, all in memory. */
  async read(run: number, output: number, transfers: Int32Array, from: number): Promise<Opened> {
    const places = this.#places(run, output, transfers)
    const size = places.memory.length
    let to = from
    let bytes = 0
    while (to < size && (to === from || bytes < PIECE)) bytes += padded(places.length[to++]!)
    const shards = new Float64Array((to - from) * OPENED_WORDS)
    const memory = new Uint8Array(bytes)
    const isOnDisk = places.memory.slice(from, to).includes(undefined)
    const file = isOnDisk ? await this.#open(this.#path(run, output), constants.O_RDONLY) : undefined
    try {
      for (let i = from, at = 0; i < to; i++) {
        const length = places.length[i]!
        const piece = places.memory[i]
        shards[(i - from) * OPENED_WORDS] = at
        shards[(i - from) * OPENED_WORDS + 1] = length
        shards[(i - from) * OPENED_WORDS + 2] = places.count[i]!
        if (piece) copy(piece, places.at[i]!, length, memory, at)
        else await readAll(file!, memory.subarray(at, at + length), places.at[i]!)
        at += padded(length)
      }
    } finally {
      await this.#close(file)
    }
    if (this.#ended.has(run)) throw new ShuffleRunEnded(run)
    return { shards, bytes: memory, path: undefined, next: to < size ? to : -1 }
  }

  /** Whoever reads a partition has read it. */
  drop(run: number, output: number): void {
    const stored = this.#runs.get(run)
    if (!stored) return
    stored.dropped.add(output)
    const partition = stored.partitions.get(output)
    if (!partition) return
    stored.partitions.delete(output)
    this.#discard(stored, output, partition)
    this.#letIn()
  }

  /** A run is over: nothing of it is kept, and nothing of it is taken any more. */
  end(run: number): void {
    if (this.#ended.has(run)) return
    this.#ended.add(run)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= REMEMBERED) break
      this.#ended.delete(oldest)
    }
    const stored = this.#runs.get(run)
    this.#runs.delete(run)
    if (stored) this.#fail(stored, new ShuffleRunEnded(run))
  }

  /** Ends all runs. Resolves when their files are gone. */
  async close(): Promise<void> {
    for (const run of this.runs) this.end(run)
    await this.#spilling
    await Promise.all(this.#removing)
  }

  #run(run: number): StoredRun {
    let stored = this.#runs.get(run)
    if (!stored) {
      if (this.#ended.has(run)) throw new ShuffleRunEnded(run)
      stored = {
        id: run,
        partitions: new Map(),
        dropped: new Set(),
        begun: false,
        failure: undefined,
        transfers: NONE,
        ranks: NONE,
      }
      this.#runs.set(run, stored)
    }
    return stored
  }

  #places(run: number, output: number, transfers: Int32Array): Places {
    const stored = this.#runs.get(run)
    if (stored?.failure) throw stored.failure
    if (!stored?.begun || stored.dropped.has(output)) throw new ShuffleRunEnded(run)
    if (!isSame(stored.transfers, transfers)) {
      stored.transfers = transfers
      stored.ranks = ranksOf(transfers)
    }
    return (stored.partitions.get(output) ?? new Partition()).inOrder(stored.ranks)
  }

  #path(run: number, output: number): string {
    return join(this.#options.folder(), `${run}-${output}.shards`)
  }

  /** Drops all of a run, and those who wait to bring more of it. */
  #fail(stored: StoredRun, error: Error): void {
    for (const [output, partition] of stored.partitions) this.#discard(stored, output, partition)
    stored.partitions.clear()
    const waiting = this.#waiting
    this.#waiting = []
    for (const waiter of waiting) {
      if (waiter.run === stored) waiter.reject(error)
      else this.#waiting.push(waiter)
    }
    this.#letIn()
  }

  #discard(stored: StoredRun, output: number, partition: Partition): void {
    this.bytes -= partition.bytes
    this.diskBytes -= partition.fileBytes
    partition.bytes = 0
    // What is being written is dealt with when it is.
    if (partition.isWriting || partition.fileBytes === 0) return
    this.#remove(stored.id, output)
  }

  #remove(run: number, output: number): void {
    const path = this.#path(run, output)
    const removing = this.#disk.remove(path).catch((error: unknown) => {
      process.emitWarning(`${this.#options.name}: a file of a shuffle stays behind: ${asError(error).message}`, 'HeddleWarning')
    })
    this.#removing.add(removing)
    void removing.then(() => this.#removing.delete(removing))
  }

  /** Lets those go on who waited for room. */
  #letIn(): void {
    if (this.bytes > this.#options.limit) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve } of waiting) resolve()
  }

  #spill(): void {
    this.#spilling ??= this.#spillSome().finally(() => {
      this.#spilling = undefined
      this.#letIn()
      if (this.#waiting.length > 0) this.#spill()
    })
  }

  /** Writes the largest partitions in memory to disk, a few at a time. */
  async #spillSome(): Promise<void> {
    const largest: { stored: StoredRun; output: number; partition: Partition }[] = []
    for (const stored of this.#runs.values())
      for (const [output, partition] of stored.partitions) if (partition.bytes > 0) largest.push({ stored, output, partition })
    largest.sort((a, b) => b.partition.bytes - a.partition.bytes)
    let next = 0
    const work = async (): Promise<void> => {
      while (next < largest.length && this.bytes > this.#options.limit * LOW) {
        const { stored, output, partition } = largest[next++]!
        if (stored.partitions.get(output) === partition) await this.#write(stored, output, partition)
        this.#letIn()
      }
    }
    await Promise.all(Array.from({ length: WRITES }, work))
  }

  async #write(stored: StoredRun, output: number, partition: Partition): Promise<void> {
    const path = this.#path(stored.id, output)
    const bytes = partition.bytes
    const before = partition.fileBytes
    const parts = partition.beginWriting()
    let failure: unknown
    try {
      const flags = constants.O_WRONLY | constants.O_CREAT | (before === 0 ? constants.O_EXCL : 0) | (constants.O_NOFOLLOW ?? 0)
      const file = await this.#open(path, flags)
      try {
        await writeAll(file, parts, before)
      } finally {
        await this.#close(file)
      }
    } catch (error) {
      failure = error
    }
    partition.written()
    this.bytes -= bytes
    const isThere = stored.partitions.get(output) === partition
    if (failure === undefined && isThere) {
      this.diskBytes += partition.fileBytes - before
      return
    }
    if (isThere) {
      // The run is lost with it; what it takes on disk is free again at once.
      partition.fileBytes = before
      stored.failure = failed(this.#options.name, path, bytes, failure)
      this.#fail(stored, stored.failure)
    }
    this.#remove(stored.id, output)
  }

  async #open(path: string, flags: number): Promise<DiskFile> {
    this.mostOpenFiles = Math.max(this.mostOpenFiles, ++this.openFiles)
    try {
      return await this.#disk.open(path, flags, 0o600)
    } catch (error) {
      this.openFiles--
      throw error
    }
  }

  async #close(file: DiskFile | undefined): Promise<void> {
    if (!file) return
    this.openFiles--
    await file.close()
  }
}

function failed(name: string, path: string, bytes: number, cause: unknown): ShuffleError {
  const full = ['ENOSPC', 'EDQUOT'].includes(String((cause as { code?: unknown }).code))
  return new ShuffleError(
    full
      ? `${name}: there is no room on the disk for ${formatBytes(bytes)} more of a shuffle (${path}): free some, or set memory.localDirectory to a folder on a larger disk`
      : `${name}: a part of a shuffle could not be written to disk (${path}): ${asError(cause).message}`,
    { cause },
  )
}

/** By number of the transfer its place among those; -1: it is not one of them. */
function ranksOf(transfers: Int32Array): Int32Array {
  let largest = -1
  for (const transfer of transfers) largest = Math.max(largest, transfer)
  const ranks = new Int32Array(largest + 1).fill(-1)
  transfers.forEach((transfer, rank) => {
    ranks[transfer] = rank
  })
  return ranks
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Bytes that are copied one by one: a native call costs more than those. */
const SHORT = 64

function copy(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  if (length > SHORT) to.set(from.subarray(start, start + length), at)
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i]!
}

/** Buffers that the system takes in one call. */
const MOST_PARTS = 1024

async function writeAll(file: DiskFile, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position
  for (let from = 0; from < parts.length; from += MOST_PARTS) {
    let some = parts.slice(from, from + MOST_PARTS)
    while (some.length > 0) {
      const { bytesWritten } = await file.writev(some, at)
      at += bytesWritten
      some = rest(some, bytesWritten)
    }
  }
}

/** What is left of parts after so many bytes. */
function rest(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes
  let i = 0
  while (i < parts.length && left >= parts[i]!.byteLength) left -= parts[i++]!.byteLength
  return i === parts.length ? [] : [parts[i]!.subarray(left), ...parts.slice(i + 1)]
}

async function readAll(file: DiskFile, target: Uint8Array, position: number): Promise<void> {
  for (let filled = 0; filled < target.byteLength; ) {
    const { bytesRead } = await file.read(target, filled, target.byteLength - filled, position + filled)
    if (bytesRead === 0) throw new ShuffleError(`a file of a shuffle ends at byte ${position + filled}: something has cut it`)
    filled += bytesRead
  }
}
