import { constants } from 'node:fs'
import { type FileHandle, rm } from 'node:fs/promises'
import { ArgumentError } from '../base/index.js'
import { DiskFull, SpillError, codeOf } from './errors.js'

/** Loaded on first use: most workers never write a file, and all of them are waited for. */
function crc32(data: Uint8Array, value?: number): number {
  return process.getBuiltinModule('node:zlib').crc32(data, value)
}

/** How a file is opened: `open` of node:fs/promises, except where a test makes a disk fail. */
export type OpenFile = (path: string, flags: number, mode?: number) => Promise<FileHandle>

/** "HSPL" */
const MAGIC = 0x4853504c
const VERSION = 1

/** A value is written and read in blocks, each with its checksum: some tenths of a millisecond of the event loop each. */
const BLOCK_BYTES = 1 << 20

/**
 * The header: magic u32, version u32, bytes of the value f64, bytes of a block u32, checksum of the header with zeros in
 * this place u32; then a checksum u32 for each block. It is written last, so that only a complete file has one.
 */
const FIXED_BYTES = 24
const AT = { magic: 0, version: 4, bytes: 8, block: 16, checksum: 20 } as const

const headerBytes = (bytes: number): number => FIXED_BYTES + 4 * Math.ceil(bytes / BLOCK_BYTES)

/**
 * Writes a value into a new file that only this user can read. When that fails, no file remains.
 *
 * @param goOn throws when the value is not wanted any more; asked before every block
 * @throws DiskFull, SpillError
 */
export async function writeSpill(path: string, parts: readonly Uint8Array[], open: OpenFile, goOn: () => void): Promise<void> {
  const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
  const header = new DataView(new ArrayBuffer(headerBytes(bytes)))
  header.setUint32(AT.magic, MAGIC)
  header.setUint32(AT.version, VERSION)
  header.setFloat64(AT.bytes, bytes)
  header.setUint32(AT.block, BLOCK_BYTES)
  let made = false
  let position = header.byteLength
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600)
    made = true
    try {
      let block = 0
      for (const pieces of blocksOf(parts)) {
        goOn()
        header.setUint32(
          FIXED_BYTES + 4 * block++,
          pieces.reduce((sum, piece) => crc32(piece, sum), 0),
        )
        position += await writeAll(file, pieces, position)
      }
      const contents = new Uint8Array(header.buffer)
      header.setUint32(AT.checksum, crc32(contents))
      await writeAll(file, [contents], 0)
    } finally {
      await file.close()
    }
  } catch (error) {
    const cause = made ? await removed(path, error) : error
    const code = codeOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new DiskFull(path, position, bytes, cause)
    if (code === undefined) throw error
    throw new SpillError(path, position, `a value could not be written to disk: ${(error as Error).message}`, cause)
  }
}

/**
 * Reads what `writeSpill` wrote into memory that `allocate` gives, and checks it.
 *
 * @param goOn throws when the value is not wanted any more; asked before every block
 * @throws SpillError
 */
export async function readSpill(
  path: string,
  bytes: number,
  allocate: (bytes: number) => Uint8Array,
  open: OpenFile,
  goOn: () => void,
): Promise<Uint8Array> {
  let position = 0
  try {
    const file = await open(path, constants.O_RDONLY | noFollow)
    try {
      const header = new DataView(new ArrayBuffer(headerBytes(bytes)))
      const { size } = await file.stat()
      if (size !== header.byteLength + bytes) {
        throw damaged(
          path,
          Math.min(size, header.byteLength + bytes),
          `it has ${size} bytes instead of ${header.byteLength + bytes}`,
        )
      }
      await readAll(file, path, new Uint8Array(header.buffer), 0)
      checkHeader(path, header, bytes)
      const value = allocate(bytes)
      if (value.byteLength !== bytes) {
        throw new ArgumentError(`allocate(${bytes}) gave ${value.byteLength} bytes: expected exactly as many as were asked for`)
      }
      for (let block = 0, from = 0; from < bytes; block++, from += BLOCK_BYTES) {
        goOn()
        const into = value.subarray(from, from + BLOCK_BYTES)
        position = header.byteLength + from
        await readAll(file, path, into, position)
        if (crc32(into) !== header.getUint32(FIXED_BYTES + 4 * block)) {
          throw damaged(path, position, `the checksum of its ${into.byteLength} bytes from there on is not what it was`)
        }
      }
      return value
    } finally {
      await file.close()
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    throw new SpillError(path, position, `a value could not be read from disk: ${(error as Error).message}`, error)
  }
}

// Absent on Windows, where no link can be made without privileges.
const noFollow = constants.O_NOFOLLOW ?? 0

/** The parts, cut and gathered into blocks. */
function* blocksOf(parts: readonly Uint8Array[]): Generator<Uint8Array[]> {
  let pieces: Uint8Array[] = []
  let room = BLOCK_BYTES
  for (const part of parts) {
    for (let from = 0; from < part.byteLength; ) {
      const piece = part.subarray(from, from + room)
      pieces.push(piece)
      from += piece.byteLength
      room -= piece.byteLength
      if (room > 0) continue
      yield pieces
      pieces = []
      room = BLOCK_BYTES
    }
  }
  if (pieces.length > 0) yield pieces
}

/** Writes all of it, since a disk that is nearly full takes only some. Gives how much. */
async function writeAll(file: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<number> {
  let rest = pieces
  let written = 0
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest, position + written)
    written += bytesWritten
    let done = 0
    while (done < rest.length && bytesWritten >= rest[done]!.byteLength) bytesWritten -= rest[done++]!.byteLength
    rest = rest.slice(done)
    if (bytesWritten > 0) rest = [rest[0]!.subarray(bytesWritten), ...rest.slice(1)]
  }
  return written
}

async function readAll(file: FileHandle, path: string, into: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < into.byteLength; ) {
    const { bytesRead } = await file.read(into, at, into.byteLength - at, position + at)
    if (bytesRead === 0) throw damaged(path, position + at, 'it ends there')
    at += bytesRead
  }
}

function checkHeader(path: string, header: DataView, bytes: number): void {
  const stored = header.getUint32(AT.checksum)
  header.setUint32(AT.checksum, 0)
  if (crc32(new Uint8Array(header.buffer)) !== stored) throw damaged(path, 0, 'the checksum of its header is not what it was')
  const held = header.getFloat64(AT.bytes)
  const known = header.getUint32(AT.magic) === MAGIC && header.getUint32(AT.version) === VERSION
  if (!known || header.getUint32(AT.block) !== BLOCK_BYTES || held !== bytes) {
    throw damaged(path, 0, `its header is that of another value, of ${held} bytes instead of ${bytes}`)
  }
}

function damaged(path: string, offset: number, how: string): SpillError {
  return new SpillError(path, offset, `a value on disk is damaged: ${how}`)
}

/** Removes what was written in vain; gives the cause to report. */
async function removed(path: string, error: unknown): Promise<unknown> {
  try {
    await rm(path, { force: true })
    return error
  } catch (other) {
    return new AggregateError([error, other], 'it could not be written, and what had been written could not be removed')
  }
}
