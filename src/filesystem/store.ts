/** A file as it was when it was looked at: plain data that travels in a plan. */
export interface FileInfo {
  /** The absolute path. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** When the content last changed: milliseconds since 1970, UTC. */
  readonly modified: number
}

/**
 * What readers and writers need from the place where files are kept. Every kind of place (the local disk now, HTTP and
 * object stores later) gives these five and no more. Paths are absolute, as `FileInfo.path` gives them.
 */
export interface Store {
  /** The file at `path`. Throws `FileNotFoundError` when there is none. */
  stat(path: string): Promise<FileInfo>
  /** The files (no folders) that match an absolute glob, in natural order: part-2 before part-10. Empty when none does. */
  list(glob: string): Promise<FileInfo[]>
  /** The bytes from `start` up to, not including, `end`; fewer when the file ends before. */
  read(path: string, start: number, end: number): Promise<Uint8Array>
  /** The bytes from `start` (0 when not given) to the end of the file, in order, as chunks of any size. */
  stream(path: string, start?: number): AsyncIterable<Uint8Array>
  /**
   * Makes `chunks` the content of the file, creating its folder. Others see the old content or the whole of the new
   * one, never a part; when it fails, or when `chunks` throws, nothing is left of it.
   */
  write(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>
}
