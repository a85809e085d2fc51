import type { GroupAccount, SpanShare } from './account.js'

/** Where the numbers of a `GroupAccount` stand in `GroupTally.sums`. */
export const Sum = {
  tasks: 0,
  done: 1,
  erred: 2,
  retried: 3,
  interrupted: 4,
  running: 5,
  decoding: 6,
  encoding: 7,
  queued: 8,
  awaiting: 9,
  longest: 10,
  stored: 11,
  held: 12,
  peak: 13,
  received: 14,
  criticalTasks: 15,
  criticalSeconds: 16,
  began: 17,
  ended: 18,
} as const

const names = Object.keys(Sum) as (keyof typeof Sum)[]

/** Where the bytes of results stand in `SpanTally.bytes`: that are held, and that were held at most. */
export const Held = { now: 0, peak: 1 } as const

/** Where what spans share stands: seconds of threads, and of those, in which they were idle for some reason. */
export const Shared = { reserved: 0, idleForInputs: 1, idleForDisk: 2, idleForMemory: 3 } as const

/**
 * Divides what all threads did among the spans that are under way, however many there are: it adds up what one that always was
 * would have got, and a span gets the difference between when it ends and when it began.
 */
export class Sharing {
  readonly #each = new Float64Array(4)
  #under = 0

  /** There is so much of something to be divided. */
  add(what: number, amount: number): void {
    if (this.#under > 0) this.#each[what]! += amount / this.#under
  }

  begin(span: SpanTally): void {
    if (span.underWay++ > 0) return
    this.#under++
    for (let what = 0; what < this.#each.length; what++) span.shares[what]! -= this.#each[what]!
  }

  end(span: SpanTally): void {
    if (--span.underWay > 0) return
    this.#under--
    for (let what = 0; what < this.#each.length; what++) span.shares[what]! += this.#each[what]!
  }

  /** What a span has got so far. */
  of(span: SpanTally, what: number): number {
    return Math.max(0, span.shares[what]! + (span.underWay > 0 ? this.#each[what]! : 0))
  }
}

/** What is known of a span as a whole, spans in it included. */
export class SpanTally {
  readonly path: readonly string[]
  readonly isPhase: boolean
  readonly client: number
  /** the span that it is in */
  readonly outer: SpanTally | undefined
  readonly bytes = new Float64Array(2)
  /** computations that have tasks of it themselves, and are under way */
  underWay = 0
  /** see `Sharing` */
  readonly shares = new Float64Array(4)

  constructor(path: readonly string[], isPhase: boolean, client: number, outer: SpanTally | undefined) {
    this.path = path
    this.isPhase = isPhase
    this.client = client
    this.outer = outer
  }

  share(sharing: Sharing): SpanShare {
    return {
      span: this.path,
      isPhase: this.isPhase,
      client: this.client,
      peak: this.bytes[Held.peak]!,
      reserved: sharing.of(this, Shared.reserved),
      idleForInputs: sharing.of(this, Shared.idleForInputs),
      idleForDisk: sharing.of(this, Shared.idleForDisk),
      idleForMemory: sharing.of(this, Shared.idleForMemory),
    }
  }

  /** So many more bytes are held; fewer, if it is negative. */
  hold(bytes: number): void {
    const now = this.bytes[Held.now]! + bytes
    this.bytes[Held.now] = now
    if (now > this.bytes[Held.peak]!) this.bytes[Held.peak] = now
    if (this.outer !== undefined) this.outer.hold(bytes)
  }
}

/** An account while it is added to: its numbers stand in a row, so that no addition makes an object. */
export class GroupTally {
  readonly label: string
  readonly span: SpanTally
  readonly client: number
  readonly sums = new Float64Array(names.length)

  constructor(label: string, span: SpanTally, client: number) {
    this.label = label
    this.span = span
    this.client = client
    this.sums[Sum.began] = Number.NaN
    this.sums[Sum.ended] = Number.NaN
  }

  /** So many results are there, of so many bytes together. */
  hold(results: number, bytes: number): void {
    const { sums } = this
    sums[Sum.done]! += results
    sums[Sum.stored]! += bytes
    const held = sums[Sum.held]! + bytes
    sums[Sum.held] = held
    if (held > sums[Sum.peak]!) sums[Sum.peak] = held
    this.span.hold(bytes)
  }

  /** Results of so many bytes are let go. */
  letGo(bytes: number): void {
    this.sums[Sum.held]! -= bytes
    this.span.hold(-bytes)
  }

  /**
   * Tasks ran until `time`, for so many seconds together, of which one took `longest`, and had been able to run for `waited`
   * more before they did.
   */
  ran(seconds: number, waited: number, longest: number, time: number): void {
    const { sums } = this
    sums[Sum.running]! += seconds
    sums[Sum.queued]! += waited
    if (longest > sums[Sum.longest]!) sums[Sum.longest] = longest
    if (!(sums[Sum.began]! <= time - longest)) sums[Sum.began] = time - longest
    sums[Sum.ended] = time
  }

  account(): GroupAccount {
    const { label, span, client, sums } = this
    const numbers = Object.fromEntries(names.map((name) => [name, sums[Sum[name]]!])) as Pick<GroupAccount, keyof typeof Sum>
    return { label, span: span.path, isPhase: span.isPhase, client, ...numbers }
  }
}
