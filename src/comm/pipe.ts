/** A stream of bytes both ways: what the transports make of their sockets, and what frames and handshakes are put on. */
export interface Pipe {
  readonly peer: string
  readonly local: string
  /** a secret that only the two ends of the TLS session know; empty where there is none */
  readonly binding: Uint8Array
  /** the most bytes that are worth handing to one `write` */
  readonly batch: number
  /** Tells from now on what comes in to this sink, in place of an earlier one. */
  read(sink: PipeSink): void
  /** Writes these, in one system call where possible; `done` when their memory is free again. */
  write(parts: readonly Uint8Array[], done: () => void): void
  pause(): void
  resume(): void
  ref(): void
  unref(): void
  /** Nothing more will be written; the other end is told of it when all has been. */
  end(): void
  destroy(): void
}

export interface PipeSink {
  /** Where the next bytes are to be written: asked by pipes that can read into given memory. */
  space(): Uint8Array
  /** Bytes have come, in memory that nobody else will write to: that of `space`, or some of its own. */
  data(chunk: Uint8Array): void
  /** The other end will send nothing more. */
  end(): void
  /** The pipe is gone, told once and last; with what broke it. */
  gone(error: Error | undefined): void
}
