import { constants } from 'node:fs'
import type { Disk, DiskFile } from '../../src/shuffle/index.js'

export interface DiskOptions {
  /** resolves when something that is done with a file has taken its time */
  wait(): Promise<void>
  /** whether there is no room for what is to be written now */
  isFull(): boolean
}

/** A disk in memory, on which everything takes a while. */
export class SimulatedDisk implements Disk {
  readonly #options: DiskOptions
  readonly #files = new Map<string, Uint8Array>()

  constructor(options: DiskOptions) {
    this.#options = options
  }

  /** files that there are */
  get size(): number {
    return this.#files.size
  }

  /** A range of a file, at once. */
  range(path: string, from: number, length: number): Uint8Array {
    const bytes = this.#files.get(path)?.subarray(from, from + length)
    if (bytes?.length !== length) throw new Error(`the file ${path} has no ${length} bytes from ${from} on`)
    return bytes
  }

  async open(path: string, flags: number): Promise<DiskFile> {
    await this.#options.wait()
    if ((flags & constants.O_EXCL) !== 0 && this.#files.has(path)) throw new Error(`there is a file ${path} already`)
    if ((flags & constants.O_CREAT) !== 0 && !this.#files.has(path)) this.#files.set(path, new Uint8Array(0))
    if (!this.#files.has(path)) throw new Error(`there is no file ${path}`)
    return {
      read: (target: Uint8Array, offset: number, length: number, from: number) => this.#read(path, target, offset, length, from),
      writev: (parts: readonly Uint8Array[], from: number) => this.#write(path, parts, from),
      close: () => this.#options.wait(),
    } as unknown as DiskFile
  }

  async remove(path: string): Promise<void> {
    await this.#options.wait()
    this.#files.delete(path)
  }

  async #read(path: string, target: Uint8Array, offset: number, length: number, from: number): Promise<{ bytesRead: number }> {
    await this.#options.wait()
    // Less than was asked for, as systems may.
    const bytes = (this.#files.get(path) ?? new Uint8Array(0)).subarray(from, from + Math.max(1, length >> 1))
    target.set(bytes, offset)
    return { bytesRead: bytes.length }
  }

  async #write(path: string, parts: readonly Uint8Array[], from: number): Promise<{ bytesWritten: number }> {
    await this.#options.wait()
    if (this.#options.isFull()) throw Object.assign(new Error('no space left on the simulated device'), { code: 'ENOSPC' })
    const written = Buffer.concat(parts)
    const old = this.#files.get(path) ?? new Uint8Array(0)
    const bytes = new Uint8Array(Math.max(old.length, from + written.length))
    bytes.set(old)
    bytes.set(written, from)
    this.#files.set(path, bytes)
    return { bytesWritten: written.length }
  }
}
