import { createInterface, type Interface } from 'node:readline'
import type { Readable } from 'node:stream'
import { formatDuration } from '../base/index.js'
import type { Credentials } from '../comm/index.js'
import { ServiceError } from './errors.js'

/** What a service is to do, as a line of stdin says it. */
export type Order = 'drain' | 'close'

interface FirstLine {
  readonly token: string
  readonly tls?: Credentials['tls']
  /** of the scheduler, for workers */
  readonly addresses?: readonly string[]
  /** milliseconds without a line after which whoever writes them is taken to be gone */
  readonly silence?: number
}

/**
 * The program that runs this service, at the other end of stdin (of an ssh connection, mostly). Its first line has what
 * nobody else may see, as JSON; then a line is an order, or empty: a sign of life. When stdin ends, or is silent for too long,
 * that program is gone, and nobody wants the service any more.
 */
export class StdinControl {
  readonly credentials: Credentials
  readonly addresses: readonly string[]
  readonly #lines: Lines
  readonly #input: Readable
  readonly #silence: number
  #watch: NodeJS.Timeout | undefined
  #order: ((order: Order | 'gone', why: string) => void) | undefined
  /** what came before anybody listened */
  readonly #early: [Order | 'gone', string][] = []

  private constructor(input: Readable, lines: Lines, { token, tls, addresses = [], silence = Infinity }: FirstLine) {
    this.#input = input
    this.#lines = lines
    this.#silence = silence
    this.addresses = addresses
    this.credentials = { token: new Uint8Array(Buffer.from(token, 'hex')), ...(tls && { tls }) }
    this.#wait()
    lines.listen((line) => {
      if (line === undefined) this.#tell('gone', 'whoever started it has gone (stdin has ended)')
      else this.#take(line.trim())
    })
  }

  /** @throws ServiceError when stdin has no such first line */
  static async open(input: Readable = process.stdin): Promise<StdinControl> {
    const lines = new Lines(input)
    try {
      return new StdinControl(input, lines, parse(await lines.first()))
    } catch (error) {
      lines.close()
      throw error
    }
  }

  /** Says who is told of orders, and of those that came before. */
  listen(order: (order: Order | 'gone', why: string) => void): void {
    this.#order = order
    for (const [what, why] of this.#early.splice(0)) order(what, why)
  }

  /** Listens no more, so that the process can end. */
  close(): void {
    clearTimeout(this.#watch)
    this.#order = () => undefined
    this.#lines.close()
    this.#input.destroy()
  }

  #take(line: string): void {
    this.#wait()
    if (line === 'drain' || line === 'close') this.#tell(line, `it was asked to ${line}`)
  }

  #wait(): void {
    clearTimeout(this.#watch)
    if (this.#silence === Infinity) return
    const why = `whoever started it has been silent for ${formatDuration(this.#silence)}`
    this.#watch = setTimeout(() => this.#tell('gone', why), this.#silence)
  }

  #tell(order: Order | 'gone', why: string): void {
    clearTimeout(this.#watch)
    if (this.#order) this.#order(order, why)
    else this.#early.push([order, why])
  }
}

/** The lines of a stream, and its end as undefined: those that come before anybody listens wait. */
class Lines {
  readonly #reader: Interface
  readonly #waiting: (string | undefined)[] = []
  #take: ((line: string | undefined) => void) | undefined

  constructor(input: Readable) {
    this.#reader = createInterface({ input })
    const take = (line: string | undefined): void => {
      if (this.#take) this.#take(line)
      else this.#waiting.push(line)
    }
    this.#reader.on('line', take)
    this.#reader.once('close', () => take(undefined))
  }

  first(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.listen((line) => {
        this.#take = undefined
        resolve(line)
      })
    })
  }

  listen(take: (line: string | undefined) => void): void {
    this.#take = take
    while (this.#waiting.length > 0 && this.#take === take) take(this.#waiting.shift())
  }

  close(): void {
    this.#reader.close()
  }
}

function parse(line: string | undefined): FirstLine {
  const wrong = (what: string): ServiceError =>
    new ServiceError(`--stdin-control: ${what}: it is for programs that run this over ssh, see heddle ssh --help`)
  if (line === undefined) throw wrong('stdin has ended without a word')
  let first: Partial<FirstLine> | null
  try {
    first = JSON.parse(line) as Partial<FirstLine> | null
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw wrong('the first line is not JSON')
  }
  if (typeof first?.token !== 'string' || !/^[0-9a-f]{64}$/.test(first.token)) throw wrong('the first line has no `token`')
  return first as FirstLine
}
