import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { main } from './places.js'

/** A line of `--json`. */
export interface News {
  readonly event: string
  readonly message: string
  readonly [fact: string]: unknown
}

/** A folder of a test's own. */
export function scratch(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-service-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A `heddle scheduler` or `heddle worker` as a process, in a home of its own. */
export class Service {
  readonly process: ChildProcess
  stdout = ''
  stderr = ''
  /** its exit code or the signal that it died of, once all that it wrote is here */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly #lines: string[] = []
  readonly #waiting: (() => void)[] = []
  #over = false

  /** Starts it with `--json`; `home` is where its scheduler file goes unless told. */
  static start(t: TestContext, home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Service {
    return new Service(t, home, [...args, '--json'], env)
  }

  /** Starts it as it is. */
  static plain(t: TestContext, home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Service {
    return new Service(t, home, args, env)
  }

  private constructor(t: TestContext, home: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|NODE)_/.test(name)))
    this.process = spawn(process.execPath, [main, ...args], {
      cwd: home,
      env: { ...own, HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.after(async () => {
      this.process.kill('SIGKILL')
      await this.ended
    })
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      const lines = this.stdout.split('\n').slice(0, -1)
      this.#lines.push(...lines.slice(this.#lines.length))
      this.#wake()
    })
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) =>
      this.process.once('close', (code, signal) => {
        this.#over = true
        this.#wake()
        resolve(code ?? signal!)
      }),
    )
  }

  /** The next news, not given before, of which this holds; when the process ends without them, an error. */
  async news(event: string, holds: (news: News) => boolean = () => true): Promise<News> {
    for (;;) {
      const at = this.#lines.findIndex((line) => {
        if (line === '') return false
        const news = JSON.parse(line) as News
        return news.event === event && holds(news)
      })
      if (at >= 0) {
        const [line] = this.#lines.splice(at, 1, '')
        return JSON.parse(line!) as News
      }
      if (this.#over) throw new Error(`it ended without the news ${event}; it wrote:\n${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A scheduler that listens on this machine only, and its file. */
export async function startScheduler(
  t: TestContext,
  home: string,
  ...args: string[]
): Promise<{ service: Service; file: string }> {
  const file = join(home, 'scheduler.json')
  const service = Service.start(t, home, ['scheduler', '--host', '127.0.0.1', '--port', '0', '--scheduler-file', file, ...args])
  await service.news('listening')
  return { service, file }
}

/** A worker of that scheduler, which has joined. */
export async function startWorker(t: TestContext, home: string, name: string, ...args: string[]): Promise<Service> {
  const own = ['--scheduler-file', join(home, 'scheduler.json'), '--name', name, '--nworkers', '1', '--nthreads', '1']
  const service = Service.start(t, home, ['worker', ...own, ...args])
  await service.news('worker-ready')
  return service
}

/** Whether a process is there, and not just waiting to be waited for. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
