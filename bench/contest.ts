import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { Reply, Request } from './contestant.js'
import { median } from './statistics.js'

/** A contestant's program. */
export interface Contestant {
  /** what the benchmark knows it by */
  readonly id: string
  readonly command: readonly [string, ...string[]]
  /** the only ones of its variants that are to be tried */
  readonly variants?: readonly string[]
  /** why it cannot take part, and what to do about it */
  readonly missing?: string
}

/** One that runs on Node: the compiled file of bench/contestants. */
export function nodeContestant(id: string, flags: readonly string[] = []): Contestant {
  return { id, command: [process.execPath, ...flags, fileURLToPath(new URL(`./contestants/${id}.js`, import.meta.url))] }
}

/** One that runs on Python, in the environment that `npm run bench:peers` makes. */
export function pythonContestant(id: string, name: string): Contestant {
  // From dist/bench to bench.
  const peers = new URL('../../bench/peers/', import.meta.url)
  const executable = process.platform === 'win32' ? '.venv/Scripts/python.exe' : '.venv/bin/python'
  const python = fileURLToPath(new URL(executable, peers))
  const missing = existsSync(python) ? {} : { missing: `${name} is not here: npm run bench:peers installs it` }
  return { id, command: [python, fileURLToPath(new URL(`${id}.py`, peers))], ...missing }
}

/** One that asks for a newer Node than this one: `npm run bench:peers` installs it beside that. */
export function newerNodeContestant(id: string, name: string): Contestant {
  const peers = new URL('../../bench/peers/', import.meta.url)
  const executable = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
  const node = fileURLToPath(new URL(`node_modules/${nodePackage}/${executable}`, peers))
  const isHere = existsSync(node) && existsSync(new URL(`node_modules/${name}`, peers))
  const missing = isHere ? {} : { missing: `${name} is not here: npm run bench:peers installs it` }
  return { id, command: [node, '--expose-gc', fileURLToPath(new URL(`${id}.mjs`, peers))], ...missing }
}

/** The package of npm that has the program of Node for this machine. */
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

/** How a contestant did. */
export interface Outcome {
  /** with its version and its variant */
  readonly name: string
  /** the medians over the rounds */
  readonly figures: Readonly<Record<string, number>>
  /** the figures of all variants as they were when the best was chosen, on the smaller request */
  readonly choices: ReadonlyMap<string, Readonly<Record<string, number>>>
}

export interface ContestOptions {
  /** how often each contestant is measured */
  readonly rounds: number
  /** how often before, without counting it; not at all unless told */
  readonly uncounted?: number
  /** each turn is taken twice, and the second counts: of a program that is at work, not of one that has just slept */
  readonly twice?: boolean
  /** what each round asks for */
  readonly request: Readonly<Record<string, unknown>>
  /** what is asked for before, to be warm and to choose the best variant by `choose` */
  readonly warmUp: Readonly<Record<string, unknown>>
  /** the figure, less of which is better, by which a contestant's variants are compared */
  readonly choose: string
  /** seconds after which one answer is not waited for any longer */
  readonly patience: number
  say(line: string): void
}

export interface ContestResult {
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly skipped: readonly string[]
}

/** Measures contestants in turn, A B A B, so that what else the machine does hits all of them alike. */
export async function contest(contestants: readonly Contestant[], options: ContestOptions): Promise<ContestResult> {
  const skipped: string[] = []
  const running: Session[] = []
  try {
    for (const contestant of contestants) {
      if (contestant.missing !== undefined) skipped.push(contestant.missing)
      else running.push(await Session.start(contestant, options.patience))
    }
    const agree = agreement()
    for (const r of running) agree(r.name, await r.chooseVariant(options))
    const agreeOnAll = agreement()
    for (let round = 1 - (options.uncounted ?? 0); round <= options.rounds; round++) {
      for (const r of running) {
        if (options.twice) await r.ask(options.request)
        const { figures, check } = await r.ask(options.request)
        if (round > 0) r.rounds.push(figures)
        options.say(`${round > 0 ? `round ${round} of ${options.rounds}` : 'warming up'}: ${r.name} ${format(figures)}`)
        agreeOnAll(r.name, check)
      }
    }
    return { outcomes: new Map(running.map((r) => [r.id, { name: r.name, figures: r.medians(), choices: r.choices }])), skipped }
  } finally {
    for (const r of running) r.stop()
  }
}

/** Throws when somebody computed something else than the first. */
function agreement(): (name: string, check: unknown) => void {
  let first: { readonly name: string; readonly check: unknown } | undefined
  return (name, check) => {
    first ??= { name, check }
    if (isDeepStrictEqual(check, first.check)) return
    throw new Error(`${name} computed ${JSON.stringify(check)}, but ${first.name} ${JSON.stringify(first.check)}`)
  }
}

/** What runs must not outlive this process. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A contestant whose process runs. */
export class Session {
  readonly id: string
  readonly rounds: Readonly<Record<string, number>>[] = []
  readonly choices = new Map<string, Readonly<Record<string, number>>>()
  variant = ''
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #patience: number
  readonly #own: string
  readonly #variants: readonly string[]

  /** `patience`: seconds after which one answer is not waited for any longer. */
  static async start({ id, command, variants: only }: Contestant, patience: number): Promise<Session> {
    const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    // That it could not be started shows as the end of its output.
    child.on('error', (error) => console.error(`${id}: ${error.message}`))
    child.stdin!.on('error', (error) => console.error(`${id}: ${error.message}`))
    children.add(child)
    const { name, variants } = await nextLine<{ name: string; variants: string[] }>(id, child, lines, patience)
    return new Session(id, child, lines, patience, name, only ?? variants)
  }

  private constructor(
    id: string,
    child: ChildProcess,
    lines: AsyncIterator<string>,
    patience: number,
    name: string,
    variants: readonly string[],
  ) {
    this.id = id
    this.#child = child
    this.#lines = lines
    this.#patience = patience
    this.#own = name
    this.#variants = variants
  }

  get name(): string {
    return this.variant === '' ? this.#own : `${this.#own} (${this.variant})`
  }

  /** Has it warm up with each of its variants, and keep to the one that was best. Gives what it computed. */
  async chooseVariant({ warmUp, choose, say }: ContestOptions): Promise<unknown> {
    let least = Infinity
    let best = ''
    let computed: unknown
    for (const variant of this.#variants.length > 0 ? this.#variants : ['']) {
      const { figures, check } = await this.ask({ ...warmUp, variant })
      computed = check
      this.choices.set(variant, figures)
      if (this.#variants.length > 1) say(`choosing: ${this.#own} (${variant}) ${format(figures)}`)
      if (figures[choose]! >= least) continue
      least = figures[choose]!
      best = variant
    }
    this.variant = best
    return computed
  }

  /** Has it do what the request says, once. */
  async ask(request: Readonly<Record<string, unknown>>): Promise<Reply> {
    this.#child.stdin!.write(`${JSON.stringify({ variant: this.variant, ...request } satisfies Request)}\n`)
    return nextLine<Reply>(this.name, this.#child, this.#lines, this.#patience)
  }

  medians(): Record<string, number> {
    return Object.fromEntries(Object.keys(this.rounds[0]!).map((key) => [key, median(this.rounds.map((round) => round[key]!))]))
  }

  stop(): void {
    children.delete(this.#child)
    this.#child.stdin!.end()
    this.#child.kill()
  }
}

/** The next line of a contestant, as an object. */
async function nextLine<T>(name: string, child: ChildProcess, lines: AsyncIterator<string>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${name} has not answered within ${patience} s`))
    }, patience * 1000)
  })
  try {
    const { value, done } = await Promise.race([lines.next(), late])
    if (done)
      throw new Error(`${name} has ended (${child.signalCode ?? `exit code ${child.exitCode}`}); what it said stands above`)
    const reply = JSON.parse(value) as T & { error?: string }
    if (reply.error !== undefined) throw new Error(`${name} failed: ${reply.error}`)
    return reply
  } finally {
    clearTimeout(timer)
  }
}

function format(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure.toPrecision(3)}`)
    .join(', ')
}
