import { type ChildProcess, spawn } from 'node:child_process'
import { type WriteStream, createWriteStream } from 'node:fs'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { asError, formatDuration } from '../base/index.js'
import { SSHError } from './errors.js'
import type { SSHHost } from './options.js'
import { remoteCommand } from './remote-command.js'
import { sshArguments } from './ssh-arguments.js'

/** Lines that are kept of what a process wrote, for messages. */
const KEPT_LINES = 40
/** Milliseconds from an order to end until the connection is cut. */
const PATIENCE = 5000
/** How ssh itself fails. */
const SSH_FAILED = 255

/** A line of news, as `heddle scheduler --json` and `heddle worker --json` print them. */
export interface News {
  readonly event: string
  readonly message: string
  readonly [fact: string]: unknown
}

export interface RemoteProcessOptions {
  /** what it is called in messages and logs */
  readonly name: string
  readonly host: SSHHost
  /** of `heddle` */
  readonly args: readonly string[]
  /** the line that goes to its stdin first: what nobody else may see */
  readonly secrets: object
  readonly ssh: string
  /** milliseconds */
  readonly startTimeout: number
  /** milliseconds after which it gives this program up; it is told so in its first line */
  readonly silence: number
  readonly logFile: string | undefined
  readonly onLine: (line: string) => void
  readonly onNews: (news: News) => void
}

/**
 * A service of Heddle's that runs on a host, at the other end of an ssh connection. It ends with the connection: it reads from
 * stdin until that ends.
 */
export class RemoteProcess {
  /** kept when it has ended, with its exit code or the name of a signal */
  readonly ended: Promise<number | string>
  readonly #options: RemoteProcessOptions
  readonly #child: ChildProcess
  readonly #beat: NodeJS.Timeout
  readonly #log: WriteStream | undefined
  readonly #lines: string[] = []
  #failure: Error | undefined
  #ending = false

  constructor(options: RemoteProcessOptions) {
    const { host, args, secrets, ssh, startTimeout, silence, logFile } = options
    this.#options = options
    this.#log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a', mode: 0o600 })
    this.#log?.on('error', (error) => this.#take(`the log cannot be written: ${error.message}`))
    const command = remoteCommand(host, [...args, '--json', '--stdin-control'])
    // In a group of its own: a Ctrl-C is for this program to judge.
    this.#child = spawn(ssh, [...sshArguments(host, command, startTimeout)], { stdio: 'pipe', detached: true })
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#failure = error
        resolve('ENOENT')
      })
      this.#child.once('close', (code, signal) => resolve(code ?? signal!))
    })
    void this.ended.then(() => {
      clearInterval(this.#beat)
      this.#log?.end()
    })
    const { stdin, stdout, stderr } = this.#child
    // A connection that is gone says so by its end.
    stdin!.on('error', () => undefined)
    stdin!.write(`${JSON.stringify({ ...secrets, silence })}\n`)
    this.#beat = setInterval(() => stdin!.write('\n'), Math.min(15_000, silence / 4)).unref()
    createInterface({ input: stdout! }).on('line', (line) => this.#takeNews(line))
    createInterface({ input: stderr! }).on('line', (line) => this.#take(line))
  }

  /** The last lines that it wrote. */
  get tail(): string {
    return this.#lines.join('\n')
  }

  /** Asks it to end: 'drain' moves what it holds to others first. When it does not, its connection is cut, and it ends by that. */
  end(order: 'drain' | 'close', patience: number = PATIENCE): Promise<unknown> {
    this.#ending = true
    this.#child.stdin!.write(`${order}\n`)
    const late = setTimeout(() => this.kill(), patience)
    return this.ended.finally(() => clearTimeout(late))
  }

  /** Cuts the connection: the process ends when it notices, which is at once. */
  kill(): void {
    this.#ending = true
    this.#child.stdin!.end('close\n')
    // Nothing of this side may keep it from ending.
    this.#child.kill('SIGKILL')
  }

  reference(on: boolean): void {
    const streams = [this.#child.stdin, this.#child.stdout, this.#child.stderr] as unknown as Socket[]
    for (const one of [this.#child, ...streams]) one[on ? 'ref' : 'unref']()
  }

  /** Whether it was asked to end. */
  get ending(): boolean {
    return this.#ending
  }

  /** Why it has ended, as an error. */
  failure(how: number | string): SSHError {
    const { name, host, ssh, startTimeout } = this.#options
    const said = this.#lines.length === 0 ? 'it said nothing' : this.#lines.slice(-10).join('\n  ')
    if (this.#failure) {
      const missing = (this.#failure as NodeJS.ErrnoException).code === 'ENOENT'
      const why = missing ? `${ssh} was not found here: install OpenSSH's client` : this.#failure.message
      return new SSHError(`${name}: ${why}`, { cause: this.#failure })
    }
    if (how === SSH_FAILED) return new SSHError(`${name}: ssh cannot talk to ${host.host}, or does not any more: ${said}`)
    if (how === 'late')
      return new SSHError(`${name}: it was not ready within ${formatDuration(startTimeout)} (startTimeout): ${said}`)
    return new SSHError(`${name}: it has ended on ${host.host} (${typeof how === 'number' ? `exit code ${how}` : how}): ${said}`)
  }

  #takeNews(line: string): void {
    let news: News | undefined
    try {
      const read = JSON.parse(line) as Partial<News> | null
      if (typeof read?.event === 'string' && typeof read.message === 'string') news = read as News
    } catch (error) {
      // What a login writes is no news.
      if (!(error instanceof SyntaxError)) throw asError(error)
    }
    this.#take(news?.message ?? line)
    if (news) this.#options.onNews(news)
  }

  #take(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > KEPT_LINES) this.#lines.shift()
    this.#log?.write(`${new Date().toISOString()} ${line}\n`)
    this.#options.onLine(line)
  }
}
