/** A file as it was when it was looked at: plain data that travels in a plan. */
export interface FileInfo {
  /** The absolute path. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** When the content last changed: milliseconds since 1970, UTC. */
  readonly modified: number
  /** What the server calls this very content (its ETag, else its date); reads that are given it never mix two contents. */
  readonly version?: string
  /** Set when the server sends only the whole file, never a part: it is best read from start to end, once. */
  readonly whole?: true
}

/**
 * What readers and writers need from the place where files are kept. Every kind of place (the local disk, HTTP servers,
 * object stores) gives these six and no more; a place that can only be read refuses the others with `FileError`. Paths are
 * absolute, as `FileInfo.path` gives them.
 *
 * A `version`, where one is given, is that of `FileInfo`: reading any other content throws `FileChangedError`.
 */
export interface Store {
  /** The file at `path`. Throws `FileNotFoundError` when there is none. */
  stat(path: string): Promise<FileInfo>
  /** The files (no folders) that match an absolute glob, in natural order: part-2 before part-10. Empty when none does. */
  list(glob: string): Promise<FileInfo[]>
  /** The bytes from `start` up to, not including, `end`; fewer when the file ends before. */
  read(path: string, start: number, end: number, version?: string): Promise<Uint8Array>
  /** The bytes from `start` (0 when not given) to the end of the file, in order, as chunks of any size. */
  stream(path: string, start?: number, version?: string): AsyncIterable<Uint8Array>
  /**
   * Makes `chunks` the content of the file, creating its folder. Others see the old content or the whole of the new
   * one, never a part; when it fails, or when `chunks` throws, nothing is left of it.
   */
  write(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>
  /** Removes the file. Does nothing when it is gone already. */
  remove(path: string): Promise<void>
}
