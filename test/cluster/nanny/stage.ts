import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { type Server, type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { config } from '../../../src/config/index.js'
import { Nanny, type NannyOptions, type NannyWorld, type WorkerDeath } from '../../../src/cluster/nanny/index.js'

export const fixture = (name: string): URL => new URL(`../../../../test/cluster/nanny/fixtures/${name}`, import.meta.url)

/** Things that come one after the other, and whoever waits for the next. */
export class Arrivals<T> {
  readonly #waiting: ((item: T) => void)[] = []
  readonly #items: T[] = []

  add(item: T): void {
    const next = this.#waiting.shift()
    if (next) next(item)
    else this.#items.push(item)
  }

  next(): Promise<T> {
    return this.#items.length > 0 ? Promise.resolve(this.#items.shift()!) : new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** What a puppet says first. */
interface Introduction {
  readonly pid: number
  readonly argv: string[]
  readonly options: Record<string, unknown>
  readonly environment: Record<string, string>
}

/** A worker process that does as it is told. */
export class Puppet {
  readonly #socket: Socket
  readonly #said = new Arrivals<unknown>()
  readonly gone: Promise<void>
  about!: Introduction

  constructor(socket: Socket) {
    this.#socket = socket
    // The end of a killed process's socket is an error at times.
    socket.on('error', () => undefined)
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()))
    createInterface({ input: socket }).on('line', (line) => this.#said.add(JSON.parse(line)))
  }

  tell(command: string, argument?: unknown): void {
    this.#socket.write(`${JSON.stringify([command, argument])}\n`)
  }

  async hears(what: string): Promise<void> {
    assert.equal(await this.#said.next(), what)
  }

  async introduced(): Promise<this> {
    this.about = (await this.#said.next()) as Introduction
    return this
  }
}

/** Options of a nanny of puppets; those of the puppets are known at once. */
type PuppetOptions = Omit<Partial<NannyOptions<Record<string, unknown>, unknown>>, 'options'> & {
  readonly options?: Record<string, unknown>
}

/** Time that passes when a test says so. */
export class StageWorld implements NannyWorld {
  time = 0
  chance = 0.5
  resident: number | undefined | Error = 0
  /** which processes were measured */
  readonly measured: number[] = []
  readonly #timers = new Set<{ ms: number; action: () => void }>()
  readonly #set = new Map<number, Arrivals<void>>()

  now(): number {
    return this.time
  }

  random(): number {
    return this.chance
  }

  after(ms: number, action: () => void): () => void {
    const timer = { ms, action }
    this.#timers.add(timer)
    this.#arrivals(ms).add()
    return () => void this.#timers.delete(timer)
  }

  async residentBytes(pid: number): Promise<number | undefined> {
    this.measured.push(pid)
    if (this.resident instanceof Error) throw this.resident
    return this.resident
  }

  /** The timers that run, by their milliseconds. */
  get pending(): number[] {
    return [...this.#timers].map(({ ms }) => ms).toSorted((a, b) => a - b)
  }

  /** Waits until somebody has set a timer of that many milliseconds. */
  set(ms: number): Promise<void> {
    return this.#arrivals(ms).next()
  }

  /** Lets the one timer of that many milliseconds go off. */
  fire(ms: number): void {
    const timers = [...this.#timers].filter((timer) => timer.ms === ms)
    assert.equal(timers.length, 1, `${ms} among ${this.pending.join(', ')}`)
    this.#timers.delete(timers[0]!)
    timers[0]!.action()
  }

  #arrivals(ms: number): Arrivals<void> {
    if (!this.#set.has(ms)) this.#set.set(ms, new Arrivals())
    return this.#set.get(ms)!
  }
}

/** A stream that keeps what it gets. */
export class Kept extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** Milliseconds of the nanny's timers, all different. */
export const CHECK = 200
export const START = 60_000
export const GRACE = 30_000
export const DELAY = 100
export const MAXIMUM_DELAY = 350

/** A nanny, its puppets, and what it says. */
export class Stage {
  readonly world = new StageWorld()
  readonly stdout = new Kept()
  readonly stderr = new Kept()
  readonly deaths = new Arrivals<WorkerDeath>()
  readonly readies = new Arrivals<unknown>()
  readonly socket: string
  readonly #puppets = new Arrivals<Puppet>()

  private constructor(server: Server, socket: string) {
    this.socket = socket
    server.on('connection', (connection) => this.#puppets.add(new Puppet(connection)))
  }

  static async open(t: TestContext): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
    const socket = join(folder, 'socket')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    t.after(() => {
      server.close()
      rmSync(folder, { recursive: true })
    })
    return new Stage(server, socket)
  }

  /** A nanny of puppets that is on this stage, and gone at the end of the test. */
  nanny(t: TestContext, options: PuppetOptions = {}): Nanny<Record<string, unknown>> {
    const nanny = config.with(
      {
        nanny: {
          checkInterval: CHECK,
          startTimeout: START,
          gracePeriod: GRACE,
          restartDelay: DELAY,
          maximumRestartDelay: MAXIMUM_DELAY,
        },
      },
      () =>
        new Nanny<Record<string, unknown>>({
          entry: fixture('puppet.mjs'),
          world: this.world,
          stdout: this.stdout,
          stderr: this.stderr,
          execArgv: [],
          onDeath: (death) => this.deaths.add(death),
          onReady: (info) => this.readies.add(info),
          ...options,
          options: { socket: this.socket, ...options.options },
        }),
    )
    t.after(() => nanny.stop({ graceful: false }))
    return nanny
  }

  async puppet(): Promise<Puppet> {
    return (await this.#puppets.next()).introduced()
  }

  /** The next puppet, which has said that it is ready. */
  async readyPuppet(): Promise<Puppet> {
    const puppet = await this.puppet()
    puppet.tell('ready', { pid: puppet.about.pid })
    assert.deepEqual(await this.readies.next(), { pid: puppet.about.pid })
    return puppet
  }
}
