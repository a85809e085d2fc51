// Arrays where the address space of the process is limited (RLIMIT_AS), as batch systems do it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { WASM_PAGE, formatBytes, wasm } from '../../src/base/index.js'
import { addressSpaceForMemory } from '../../src/config/index.js'
import { ArenaFull, KernelMemory } from '../../src/memory/index.js'

const GIB = 2 ** 30
const FLAG = '--disable-wasm-trap-handler'
const kilobytes = (gigabytes: number): number => gigabytes * 1e6
const program = fileURLToPath(new URL('./address-space-program.js', import.meta.url))

/** What the program prints where a process may reserve so many GB; without limit: undefined. */
async function printed(limit: number | undefined, flags: string, executors: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    'sh',
    [
      '-c',
      `ulimit -v ${limit === undefined ? 'unlimited' : kilobytes(limit)} && exec "$0" "$@"`,
      process.execPath,
      program,
      ...executors,
    ],
    { env: { ...process.env, HEDDLE_THREADS: '2', NODE_OPTIONS: flags }, maxBuffer: 2 ** 26 },
  )
  return stdout.trimEnd().split('\n')
}

let known: Promise<string[]> | undefined
/** What it prints where nothing is limited. */
const right = async (): Promise<string> => (await (known ??= printed(undefined, '', ['inline'])))[0]!

const skip = process.platform !== 'linux' && 'the limit is one of Linux'

describe('arrays in a limited address space', { skip }, () => {
  const works: readonly (readonly [limit: number, flags: string, executors: readonly string[]])[] = [
    [16, '', ['inline', 'threads']],
    [16, '', ['threads', 'inline']],
    [12, '', ['inline']],
    [8, FLAG, ['inline', 'threads']],
    [4, FLAG, ['threads', 'inline']],
    [8, '', ['processes', 'cluster']],
    [4, '', ['processes']],
  ]
  for (const [limit, flags, executors] of works) {
    test(`of ${limit} GB are computed on ${executors.join(', then ')} ${flags && `with ${flags}`}`, async () => {
      const each = await right()
      assert.match(each, /^\[\[/)
      assert.deepEqual(
        await printed(limit, flags, executors),
        executors.map(() => each),
      )
    })
  }

  // At 12 GB one memory could be had, but then no threads.
  for (const [limit, executor] of [
    [8, 'inline'],
    [8, 'threads'],
    [12, 'threads'],
  ] as const) {
    test(`of ${limit} GB are an error on ${executor} without the flag, which says what to do`, async () => {
      const message = (await printed(limit, '', [executor])).join('\n')
      assert.match(message, /ArenaUnavailable: no memory for arrays/)
      for (const part of [formatBytes(kilobytes(limit) * 1024), 'ulimit -v', `NODE_OPTIONS=${FLAG}`, "{ executor: 'processes' }"])
        assert.ok(message.includes(part), message)
    })
  }
})

test('as much may be reserved as leaves room for the threads that are to be started', () => {
  assert.equal(addressSpaceForMemory(64, { limit: Infinity, guarded: true }), Infinity)
  // Guards alone are 10 GiB, or there is no memory.
  assert.equal(addressSpaceForMemory(0, { limit: 11 * GIB, guarded: true }), 0)
  assert.equal(addressSpaceForMemory(0, { limit: 12 * GIB, guarded: true }), 10 * GIB)
  assert.equal(addressSpaceForMemory(4, { limit: 12 * GIB, guarded: true }), 0)
  assert.equal(addressSpaceForMemory(4, { limit: 16 * GIB, guarded: true }), 10 * GIB)
  const some = addressSpaceForMemory(2, { limit: 4 * GIB, guarded: false })
  assert.ok(some > 0.5 * GIB && some < 2 * GIB, String(some))
  assert.equal(addressSpaceForMemory(64, { limit: 4 * GIB, guarded: false }), 0)
})

test('memory of kernels grows up to its end, and says what was too much', () => {
  const memory = new wasm.Memory({ initial: 1, maximum: 64, shared: true })
  const part = new KernelMemory({ memory, start: 8 * WASM_PAGE, end: 16 * WASM_PAGE })
  part.reach(16 * WASM_PAGE)
  assert.equal(memory.buffer.byteLength, 16 * WASM_PAGE)
  assert.throws(
    () => part.reach(24 * WASM_PAGE),
    (e) => e instanceof ArenaFull && /needs 1\.00 MiB .* has 512(\.00)? KiB.*: use smaller chunks/.test(e.message),
  )
  assert.equal(memory.buffer.byteLength, 16 * WASM_PAGE)
})
