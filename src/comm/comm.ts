/**
 * One end of a connection that carries frames, in order, both ways: a kind (0 to 255, the protocol's business) and a body
 * of bytes. It exists only after both ends have proved that they know the cluster's token.
 */
export interface Comm {
  /** where the other end is, for messages: 'tcp://10.0.0.3:41234' */
  readonly peer: string
  /** the address of this end: 'tcp://10.0.0.7:8786' */
  readonly local: string
  /** bytes that were handed to `send` and have not left this process */
  readonly pending: number
  readonly closed: boolean
  /** when something came in last, however little, as `performance.now` counts */
  readonly lastHeard: number
  /**
   * Sends a frame whose body is these parts, one after the other. All that is sent in one tick leaves together, in one
   * system call where that is possible. The bytes are not copied: they must not change before `flushed` says so. Sending
   * into a closed connection does nothing: `closed` of the events tells of it.
   */
  send(kind: number, parts: readonly Uint8Array[]): void
  /** Resolves when less than the low-water mark is pending, at once if it is; when the connection is closed, too. */
  drained(): Promise<void>
  /** Resolves when all that was sent before has left this process (or never will), so that its memory may be used again. */
  flushed(): Promise<void>
  /** Has no more frames come in until `resume`: what the other end sends then waits there. */
  pause(): void
  resume(): void
  /** Lets the connection keep the process alive (as it does at first), or not. */
  ref(): void
  unref(): void
  /** Sends what is pending, then closes. */
  close(): Promise<void>
  /** Closes at once; `reason` is what `closed` of the events is given at this end. */
  abort(reason: Error): void
}

/** What a connection tells its owner. */
export interface CommEvents {
  /**
   * A frame has come. The body begins at a multiple of 8 in its buffer, and is the owner's to keep, unless `allocate` gave
   * the memory.
   */
  frame(kind: number, body: Uint8Array): void
  /** Told once: undefined when either end closed it in order, else what broke it. */
  closed(error: Error | undefined): void
  /** Where the body of a frame that is coming is to be written: for large ones. Undefined: the connection makes memory. */
  allocate?(kind: number, length: number): Uint8Array | undefined
}

/** What both ends must know of each other. */
export interface Credentials {
  /** the secret of the cluster, 32 bytes */
  readonly token: Uint8Array
  /** for tls:// and wss:// addresses: certificates as PEM text. Only what this CA has signed is talked to, in both directions */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string } | undefined
}

export interface ConnectOptions {
  readonly credentials: Credentials
  /** what this end is, told to the other: 'client', 'worker', 'peer', 'nanny' */
  readonly role: string
  readonly events: CommEvents
  /** aborts the attempt */
  readonly signal?: AbortSignal | undefined
  /** milliseconds until the attempt is given up, the handshake included; the setting `comm.connectTimeout` unless told */
  readonly timeout?: number | undefined
  /** the largest frame that is taken in, in bytes; the setting `comm.maximumFrame` unless told */
  readonly maximumFrame?: number | undefined
}

export interface ListenOptions {
  readonly credentials: Credentials
  /** A connection has come in and has proved itself; what it gives is told of its frames. Throwing refuses it. */
  accept(comm: Comm, role: string): CommEvents
  /** A connection came in and was not let in: why, and where it came from. For logs. */
  refused?(error: Error, peer: string): void
  readonly maximumFrame?: number | undefined
}

/** Something that connections come in through. */
export interface Listener {
  /** with the port that it really has: 'tcp://0.0.0.0:41234' */
  readonly address: string
  /** Takes no more connections; those that there are stay. */
  close(): Promise<void>
}
