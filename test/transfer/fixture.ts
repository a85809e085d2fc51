import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as transfer from '../../src/transfer/index.js'

/** The folder of programs that tests run as child processes or import untyped; it is not compiled. */
export const fixtures = fileURLToPath(new URL('../../../test/transfer/fixtures/', import.meta.url))
/** Output of compilers, next to the compiled tests: inside the package, so that its node_modules are found. */
export const built = fileURLToPath(new URL('./built/', import.meta.url))
export const transferUrl = new URL('../../src/transfer/index.js', import.meta.url).href
export const underTest = { ...transfer, url: transferUrl }

const run = promisify(execFile)

/** Runs a Node program, gives what it printed. */
export async function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: fixtures, env: { ...process.env, NO_COLOR: '1', ...env } })
  return stdout
}

/** The program of an installed package: `bin('typescript', 'bin/tsc')`. */
export function bin(name: string, path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path)
}

export interface Case {
  readonly name: string
  readonly fn: (...args: never[]) => unknown
}

export interface RoundTrip {
  runCases(cases: readonly Case[], transfer: typeof underTest): Promise<string[]>
  startWorker(transfer: typeof underTest): Promise<Worker>
}

export interface Worker {
  call(fn: unknown, args?: readonly unknown[]): Promise<{ value?: unknown; error?: Error }>
  close(): Promise<number>
}

/** Calls functions in a worker thread that has seen nothing of this program. */
export const roundTrip = (await import(new URL('round-trip.mjs', `file://${fixtures}`).href)) as RoundTrip

/** A function of a file without 'use strict': parameters, then the body. */
export function sloppyFunction(...code: string[]): (...args: unknown[]) => unknown {
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(...code) as (...args: unknown[]) => unknown
}
