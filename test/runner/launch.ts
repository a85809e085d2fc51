import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** How a rank ended, and what it wrote. */
export interface RankEnd {
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

/** Ranks that run. */
export interface Ranks {
  readonly folder: string
  readonly processes: readonly ChildProcess[]
  /** all of them have ended */
  readonly ended: Promise<readonly RankEnd[]>
  /** Resolves when a rank has written this to stdout. */
  written(rank: number, text: string): Promise<void>
}

/** Starts a program of test/runner/programs as the ranks of a world, with what Open MPI would put into their environment. */
export function launch(t: TestContext, program: string, size: number, env: NodeJS.ProcessEnv = {}): Ranks {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-ranks-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HEDDLE|XDG|SLURM|OMPI|PMI|NODE)_/.test(name)))
  const path = fileURLToPath(new URL(`./programs/${program}.js`, import.meta.url))
  const outs: string[] = []
  let wake: (() => void)[] = []
  const told = (): void => {
    const all = wake
    wake = []
    for (const one of all) one()
  }
  const processes: ChildProcess[] = []
  const ends = Array.from({ length: size }, (_, rank) => {
    const child = spawn(process.execPath, [path], {
      cwd: folder,
      env: {
        ...own,
        HOME: folder,
        HEDDLE_HISTORY__RECORD: 'false',
        OMPI_COMM_WORLD_RANK: String(rank),
        OMPI_COMM_WORLD_SIZE: String(size),
        OMPI_COMM_WORLD_LOCAL_SIZE: String(size),
        PMIX_NAMESPACE: 'run',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    processes.push(child)
    outs[rank] = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outs[rank] += text
      told()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    return new Promise<RankEnd>((resolve) =>
      child.once('close', (code, signal) => {
        resolve({ code: code ?? signal!, stdout: outs[rank]!, stderr })
        told()
      }),
    )
  })
  const ended = Promise.all(ends)
  t.after(async () => {
    for (const child of processes) child.kill('SIGKILL')
    await ended
  })
  return {
    folder,
    processes,
    ended,
    async written(rank, text) {
      while (!outs[rank]!.includes(text)) {
        if (processes[rank]!.exitCode !== null) throw new Error(`rank ${rank} has ended without writing ${text}`)
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
  }
}
