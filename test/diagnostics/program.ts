import { type ChildProcessByStdio, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import type { Readable } from 'node:stream'

const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

/** A program that has the progress bar installed, as arguments of Node. */
function programOf(body: string): string[] {
  const code = `import { config } from ${url('config/index.js')}
import { InlineExecutor } from ${url('executor/inline.js')}
import { GraphBuilder } from ${url('graph/index.js')}
import { installProgress } from ${url('diagnostics/index.js')}
import { ProgressBar } from ${url('diagnostics/progress-bar.js')}
import { EventKind, EventLog } from ${url('events/index.js')}
installProgress()
installProgress()
const builder = new GraphBuilder()
const inc = builder.layer({ name: 'inc', run: (inputs, own) => own() })
const compute = (...functions) => {
  const wanted = functions.map((fn) => builder.task(inc, [], fn))
  return new InlineExecutor().run(builder.finish(), Int32Array.from(wanted))
}
const neverEnding = () => {
  const log = new EventLog()
  new ProgressBar(process.stderr).begin({ executor: { log, concurrency: 1, isolated: true }, time: -1e6 })
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 5, { labels: ['inc'], sizes: [5] })
  log.flush()
}
const spin = (ms) => () => { for (const end = performance.now() + ms; performance.now() < end; ); }
${body}`
  return ['--input-type=module', '-e', code]
}

function environmentOf(env: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(HEDDLE|NODE)_|^(CI|TERM|NO_COLOR|FORCE_COLOR)$/.test(name))
  return { ...Object.fromEntries(own), TERM: 'xterm', ...env }
}

/** Runs a program in a process of its own; it has a minute. */
export function runProgram(body: string, env: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, programOf(body), { encoding: 'utf8', timeout: 60_000, env: environmentOf(env) })
}

/** Starts a program in a process of its own. */
export function startProgram(body: string): ChildProcessByStdio<null, null, Readable> {
  return spawn(process.execPath, programOf(body), { stdio: ['ignore', 'ignore', 'pipe'], env: environmentOf({}) })
}
