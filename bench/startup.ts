import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Benchmark, Measurement, PeerFigure } from './benchmark.js'
import { pythonContestant } from './contest.js'
import { median } from './statistics.js'

/** A program that is started again and again. */
interface Program {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

/** A compiled file of bench/contestants. */
function onNode(name: string, file: string, ...args: readonly string[]): Program {
  return { name, command: [process.execPath, fileURLToPath(new URL(`./contestants/${file}.js`, import.meta.url)), ...args] }
}

const empty = onNode('an empty process', 'startup-empty')
const heddle = onNode('heddle', 'startup-import', 'heddle')
const bag = onNode('heddle/bag', 'startup-import', 'heddle/bag')
const piscina = onNode('piscina', 'startup-import', 'piscina')
const firstResult = onNode('heddle', 'startup-heddle')
const firstOfPiscina = onNode('piscina', 'startup-piscina')

const importingInPython = (module: string): string =>
  `import time; t = time.perf_counter(); import ${module}; print((time.perf_counter() - t) * 1000)`
const firstOfDask = `import dask; print(dask.delayed(lambda x: x + 1)(41).compute(scheduler='threads'))`

export const benchmark: Benchmark = {
  name: 'startup',
  title: 'importing, and the first result',
  async run({ quick, say }) {
    const dask = pythonContestant('tasks-dask', 'Dask')
    const python = (name: string, code: string): Program[] =>
      dask.missing === undefined ? [{ name, command: [dask.command[0], '-c', code] }] : []
    const [daskImport] = python('dask', importingInPython('dask'))
    const [daskBag] = python('dask.bag', importingInPython('dask.bag'))
    const [daskFirst] = python('dask', firstOfDask)
    const programs = [empty, heddle, bag, piscina, firstResult, firstOfPiscina, daskImport, daskBag, daskFirst].filter(
      (p) => p !== undefined,
    )
    const inside = new Map<Program, number[]>(programs.map((p) => [p, []]))
    const outside = new Map<Program, number[]>(programs.map((p) => [p, []]))
    const rounds = quick ? 5 : 15
    for (let round = 0; round < rounds; round++) {
      for (const program of programs) {
        const { milliseconds, line } = await timeToFirstLine(program)
        inside.get(program)!.push(Number(line))
        outside.get(program)!.push(milliseconds)
      }
      if ((round + 1) % 5 === 0) say(`${round + 1} of ${rounds} rounds`)
    }
    const own = (program: Program): number => median(inside.get(program)!)
    const whole = (program: Program): number => median(outside.get(program)!)
    const peers = (figureOf: (program: Program) => number, ...list: (Program | undefined)[]): PeerFigure[] =>
      list.filter((p) => p !== undefined).map((p) => ({ name: p.name, figure: figureOf(p) }))
    const unit = 'ms'
    const measurements: Measurement[] = [
      { what: 'import heddle, inside its process', unit, ours: own(heddle), goal: 80, peers: peers(own, piscina, daskImport) },
      { what: 'import heddle/bag, inside its process', unit, ours: own(bag), goal: 80, peers: peers(own, daskBag) },
      { what: 'a process that imports heddle, above an empty one', unit, ours: whole(heddle) - whole(empty) },
      {
        what: 'a process with one delayed call on threads, to its result',
        unit,
        ours: whole(firstResult),
        goal: 250,
        peers: peers(whole, firstOfPiscina, daskFirst),
        limit: { figure: whole(empty), what: 'an empty process' },
      },
    ]
    const notes = [`Medians of ${rounds} fresh processes of each program, started in turn.`]
    return { measurements, notes, skipped: dask.missing === undefined ? [] : [dask.missing] }
  },
}

/** Starts a program and waits for its first line. */
function timeToFirstLine({ name, command }: Program): Promise<{ milliseconds: number; line: string }> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
    let milliseconds = -1
    let text = ''
    child.stdout.on('data', (data: Buffer) => {
      if (milliseconds < 0) milliseconds = performance.now() - started
      text += data.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0 && milliseconds >= 0) resolve({ milliseconds, line: text.split('\n')[0]! })
      else reject(new Error(`the program of ${name} ended with code ${code}; what it said stands above`))
    })
  })
}
