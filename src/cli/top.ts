import { Client, type WorkerDescription, askScheduler } from '../client/index.js'
import type { Accounts } from '../events/index.js'
import type { CommandInput } from './command.js'
import { findScheduler } from './find-scheduler.js'
import { OptionValues } from './option-values.js'
import { reachScheduler } from './reach-scheduler.js'
import { type TopColumn, type TopModel, type TopView, topColumns, topScreen } from './top-screen.js'

/** Milliseconds that a scheduler is waited for. */
const TIMEOUT = 10_000
/** Between two looks, unless told, in milliseconds. */
const INTERVAL = 1000

const ALTERNATE = '\x1b[?1049h\x1b[?25l'
const BACK = '\x1b[?25h\x1b[?1049l'

/** `heddle top [ADDRESS]` */
export async function run({ options, positionals, terminal }: CommandInput): Promise<number> {
  const values = new OptionValues('top', options)
  const interval = values.duration('interval') ?? INTERVAL
  const sort = values.oneOf('sort', topColumns) ?? 'name'
  const giveUp = new AbortController()
  const { signal } = giveUp
  const place = await findScheduler({ address: positionals[0], values, timeout: TIMEOUT, signal, command: 'top' })
  const { address } = await reachScheduler({ ...place, timeout: TIMEOUT, signal })
  const client = await Client.open({ address, credentials: place.credentials, name: 'heddle-top', setAsDefault: false })
  try {
    const looker = new Looker(client, address)
    const { stdin, stdout } = process
    if (values.flag('json')) terminal.print(JSON.stringify(await looker.look(), undefined, 2))
    else if (values.flag('once') || terminal.width === undefined || !stdin.isTTY) {
      const view = { width: terminal.width ?? 120, height: 1000, colors: terminal.colors, sort, reverse: false, offset: 0 }
      terminal.print(
        topScreen(await looker.look(), view)
          .slice(0, -1)
          .join('\n'),
      )
    } else await watch(looker, interval, sort, stdin, stdout)
    return 0
  } finally {
    await client.close()
  }
}

/** Asks how a cluster does. */
class Looker {
  readonly #client: Client
  readonly #address: string
  #before: { readonly time: number; readonly done: number } | undefined

  constructor(client: Client, address: string) {
    this.#client = client
    this.#address = address
  }

  async look(): Promise<TopModel> {
    const [accounts, workers] = (await Promise.all([
      askScheduler(this.#client, 'top', 'accounts', { all: true }),
      this.#client.workers(),
    ])) as [Accounts, WorkerDescription[]]
    const done = accounts.groups.reduce((sum, group) => sum + group.done, 0)
    const passed = this.#before ? accounts.to - this.#before.time : 0
    const rate = passed > 0 ? Math.max(0, (done - this.#before!.done) / passed) : 0
    this.#before = { time: accounts.to, done }
    return { address: this.#address, accounts, workers, rate }
  }
}

/** Shows it until somebody has seen enough. The terminal is left as it was found. */
async function watch(
  looker: Looker,
  interval: number,
  first: TopColumn,
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
): Promise<void> {
  let sort: TopColumn = first
  let reverse = false
  let offset = 0
  let model: TopModel | undefined
  const draw = (): void => {
    if (!model) return
    const view: TopView = { width: stdout.columns, height: stdout.rows, colors: stdout.hasColors(), sort, reverse, offset }
    const lines = topScreen(model, view)
    // Each line is cleared behind what is written: nothing flickers.
    stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`)
  }
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const press = (key: Buffer): void => {
    const text = key.toString()
    if (text === 'q' || text === '\x03' || text === '\x04') end()
    else if (text === 's') sort = topColumns[(topColumns.indexOf(sort) + 1) % topColumns.length]!
    else if (text === 'r') reverse = !reverse
    else if (text === '\x1b[B' || text === 'j') offset = Math.min(offset + 1, Math.max(0, (model?.workers.length ?? 1) - 1))
    else if (text === '\x1b[A' || text === 'k') offset = Math.max(0, offset - 1)
    draw()
  }
  stdout.write(ALTERNATE)
  stdin.setRawMode(true)
  stdin.resume()
  stdin.on('data', press)
  stdout.on('resize', draw)
  process.once('SIGTERM', end)
  try {
    for (let over = false; !over; ) {
      model = await looker.look()
      draw()
      let timer: NodeJS.Timeout | undefined
      const pause = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), interval)
      })
      over = await Promise.race([pause, ended.then(() => true)])
      clearTimeout(timer)
    }
  } finally {
    process.off('SIGTERM', end)
    stdout.off('resize', draw)
    stdin.off('data', press)
    stdin.setRawMode(false)
    stdin.pause()
    stdout.write(BACK)
  }
}
