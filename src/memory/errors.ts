import { HeddleError, formatBytes } from '../base/index.js'

/** Something is wrong with a file that holds a value which left memory: it is damaged, gone, or cannot be read or written. */
export class SpillError extends HeddleError {
  static {
    SpillError.prototype.name = 'SpillError'
  }
  /** the path of the file */
  readonly file: string
  /** the first byte of the part of the file that is meant */
  readonly offset: number

  constructor(file: string, offset: number, what: string, cause?: unknown) {
    super(`${what} (${file}, at byte ${offset})`, cause === undefined ? undefined : { cause })
    this.file = file
    this.offset = offset
  }
}

/** There was no room on the disk for a value: it stays in memory, and nothing of it is on the disk. */
export class DiskFull extends SpillError {
  static {
    DiskFull.prototype.name = 'DiskFull'
  }

  constructor(file: string, offset: number, bytes: number, cause: unknown) {
    super(
      file,
      offset,
      `there is no room on the disk for a value of ${formatBytes(bytes)}, which stays in memory: free some, or set memory.localDirectory to a folder on a larger disk`,
      cause,
    )
  }
}

/** The folder for values that leave memory cannot be used, or is closed. */
export class SpillFolderError extends HeddleError {
  static {
    SpillFolderError.prototype.name = 'SpillFolderError'
  }
}

/** The `code` of a system error: 'ENOENT' and the like. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** There is no room for another block in the memory of arrays. */
export class ArenaFull extends HeddleError {
  static {
    ArenaFull.prototype.name = 'ArenaFull'
  }
}

/** This process may not reserve the memory that arrays need. */
export class ArenaUnavailable extends HeddleError {
  static {
    ArenaUnavailable.prototype.name = 'ArenaUnavailable'
  }
}
