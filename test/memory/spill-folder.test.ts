import assert from 'node:assert/strict'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { config } from '../../src/config/index.js'
import { DiskFull, SpillError, SpillFolder, SpillFolderError, type SpillRef } from '../../src/memory/index.js'

const MIB = 2 ** 20
const fixture = fileURLToPath(new URL('../../../test/memory/fixtures/leave-behind.mjs', import.meta.url))
const isRoot = process.getuid?.() === 0

function parentFor(t: TestContext): string {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-test-')))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  return parent
}

async function folderFor(t: TestContext, options?: Parameters<typeof SpillFolder.open>[1]): Promise<SpillFolder> {
  const folder = await SpillFolder.open(parentFor(t), options)
  t.after(() => folder.close())
  return folder
}

const plain = (bytes: number): Uint8Array => new Uint8Array(bytes)
const shared = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes))
const values = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.value'))

/** Bytes without a pattern that a misplaced block would repeat. */
function noise(bytes: number, allocate = plain): Uint8Array {
  const made = allocate(bytes)
  let state = 0x9e3779b9 ^ bytes
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    made[i] = state >>> 24
  }
  return made
}

/** The one file of a folder with one value. */
const fileOf = (folder: SpillFolder): string => join(folder.path, values(folder.path)[0]!)

describe('values', () => {
  test('come back as they went, whatever their parts', async (t) => {
    const folder = await folderFor(t)
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.constantFrom(0, MIB - 1, MIB, MIB + 1, 2 * MIB + 5)), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom(plain, shared), async (lengths, allocate) => {
        const parts = lengths.map((length) => noise(length, allocate))
        const ref = await folder.write(parts)
        const whole = Buffer.concat(parts)
        assert.equal(ref.bytes, whole.length)
        assert.equal(folder.bytes, whole.length)
        const back = await folder.read(ref, allocate)
        assert.equal(Buffer.compare(Buffer.from(back), whole), 0)
        await folder.drop(ref)
        assert.deepEqual(values(folder.path), [])
      }),
      { numRuns: 40 },
    )
    assert.deepEqual([folder.bytes, folder.count], [0, 0])
  })

  test('many at the same time do not mix', async (t) => {
    const folder = await folderFor(t)
    const parts = Array.from({ length: 50 }, (_, i) => noise(1000 * i + i))
    const refs = await Promise.all(parts.map((part) => folder.write([part])))
    assert.equal(folder.count, 50)
    assert.equal(
      folder.bytes,
      parts.reduce((sum, { length }) => sum + length, 0),
    )
    const back = await Promise.all(refs.map((ref) => folder.read(ref, plain)))
    assert.deepEqual(back, parts)
    await Promise.all(refs.filter((_, i) => i % 2).map((ref) => folder.drop(ref)))
    assert.equal(values(folder.path).length, 25)
    assert.deepEqual(await folder.read(refs[10]!, plain), parts[10])
  })

  test('that are read get to the end although they are dropped meanwhile', async (t) => {
    const folder = await folderFor(t)
    const value = noise(3 * MIB)
    const ref = await folder.write([value])
    const reads = [folder.read(ref, plain), folder.read(ref, shared)]
    const dropped = folder.drop(ref)
    assert.equal(folder.bytes, 0)
    for (const back of await Promise.all(reads)) assert.equal(Buffer.compare(Buffer.from(back), value), 0)
    await dropped
    assert.deepEqual(values(folder.path), [])
    await assert.rejects(
      folder.read(ref, plain),
      (error: SpillError) => error instanceof SpillError && error.message.includes('ENOENT'),
    )
  })

  test('memory of another size than asked for is an error', async (t) => {
    const folder = await folderFor(t)
    const ref = await folder.write([noise(10)])
    await assert.rejects(
      folder.read(ref, (bytes) => plain(bytes + 1)),
      /allocate\(10\) gave 11 bytes/,
    )
  })

  test('that nobody wants any more are not written to the end', async (t) => {
    const folder = await folderFor(t)
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    const writing = folder.write([noise(8 * MIB)], { signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(writing, reason)
    assert.deepEqual(values(folder.path), [])
    assert.equal(folder.bytes, 0)
    const ref = await folder.write([noise(8 * MIB)])
    await assert.rejects(folder.read(ref, plain, { signal: AbortSignal.abort(reason) }), reason)
  })
})

describe('damage', () => {
  test('of any byte is found, and said where', async (t) => {
    const folder = await folderFor(t)
    const value = noise(2 * MIB + 1000)
    const ref = await folder.write([value])
    const file = fileOf(folder)
    const good = readFileSync(file)
    const header = good.length - value.length
    const places = fc.oneof(fc.nat(header - 1), fc.integer({ min: header, max: good.length - 1 }))
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bad = Buffer.from(good)
        bad[at]! ^= change
        writeFileSync(file, bad)
        let allocated = false
        const reading = folder.read(ref, (bytes) => {
          allocated = true
          return plain(bytes)
        })
        await assert.rejects(reading, (error: SpillError) => {
          assert.ok(error instanceof SpillError && !(error instanceof DiskFull))
          assert.equal(error.file, file)
          assert.ok(error.message.includes(file) && error.message.includes('damaged'))
          if (at < header) assert.equal(error.offset, 0)
          else assert.ok(error.offset <= at && at < error.offset + MIB)
          return true
        })
        assert.equal(allocated, at >= header)
      }),
      { numRuns: 40 },
    )
    writeFileSync(file, good)
    assert.deepEqual(await folder.read(ref, plain), value)
  })

  test('by length is found: cut off, longer, another value, nothing', async (t) => {
    const folder = await folderFor(t)
    const [one, two] = [await folder.write([noise(5000)]), await folder.write([noise(5001)])]
    const path = (ref: SpillRef): string => join(folder.path, `${ref.file}.value`)
    truncateSync(path(one), 3000)
    await assert.rejects(folder.read(one, plain), (error: SpillError) => error instanceof SpillError && error.offset === 3000)
    truncateSync(path(one), 0)
    await assert.rejects(folder.read(one, plain), SpillError)
    writeFileSync(path(one), readFileSync(path(two)))
    await assert.rejects(folder.read(one, plain), SpillError)
    rmSync(path(one))
    await assert.rejects(folder.read(one, plain), SpillError)
    assert.deepEqual(await folder.read(two, plain), noise(5001))
  })

  test('by a link in the place of a file is not followed', async (t) => {
    const folder = await folderFor(t)
    const ref = await folder.write([noise(100)])
    const file = fileOf(folder)
    renameSync(file, `${file}.away`)
    symlinkSync(`${file}.away`, file)
    await assert.rejects(
      folder.read(ref, plain),
      (error: SpillError) => error instanceof SpillError && error.message.includes('ELOOP'),
    )
  })
})

describe('a full disk', () => {
  test('is a DiskFull error, after which nothing of the value is on it and others are whole', {
    skip: !isRoot && 'needs root',
  }, async (t) => {
    const parent = parentFor(t)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', parent], { stdio: 'pipe' })
    } catch (error) {
      t.skip(`no file system can be mounted here: ${(error as Error).message}`)
      return
    }
    const folder = await SpillFolder.open(parent)
    try {
      await fillsUp(folder)
    } finally {
      await folder.close()
      // Before the hook that removes the folder.
      execFileSync('umount', [parent])
    }
  })

  async function fillsUp(folder: SpillFolder): Promise<void> {
    assert.equal(folder.inMemory, true)
    const kept = await folder.write([noise(2 * MIB)])
    await assert.rejects(folder.write([noise(3 * MIB)]), (error: Error) => {
      assert.ok(error instanceof DiskFull && error instanceof SpillError)
      assert.ok(error.message.includes('3.00 MiB') && error.message.includes('memory.localDirectory'))
      return true
    })
    assert.equal(values(folder.path).length, 1)
    assert.equal(folder.bytes, 2 * MIB)
    assert.deepEqual(await folder.read(kept, plain), noise(2 * MIB))
    await folder.drop(kept)
    const again = await folder.write([noise(3 * MIB)])
    assert.deepEqual(await folder.read(again, plain), noise(3 * MIB))
  }

  test('and disks that take some only, or fail, at any write', async (t) => {
    const value = noise(3 * MIB + 77)
    let allowed = Infinity
    let code = 'ENOSPC'
    const limited = async (path: string, flags: number, mode?: number): Promise<FileHandle> => {
      const file = await open(path, flags, mode)
      const { writev } = file
      const some = async (pieces: readonly NodeJS.ArrayBufferView[], position?: number) => {
        const first = pieces[0] as Uint8Array
        // Some of what was asked for, as disks do just before they are full.
        const taken = first.subarray(0, Math.min(allowed, Math.ceil(first.length / 3)))
        if (taken.length === 0) throw Object.assign(new Error(`${code}: as the test wants it`), { code })
        allowed -= taken.length
        return writev.call(file, [taken], position)
      }
      return Object.assign(file, { writev: some })
    }
    const folder = await folderFor(t, { openFile: limited })
    const whole = await folder.write([value])
    assert.deepEqual(await folder.read(whole, plain), value)
    await folder.drop(whole)
    const runs = fc.asyncProperty(fc.nat(value.length), fc.constantFrom('ENOSPC', 'EDQUOT', 'EIO'), async (room, failure) => {
      allowed = room
      code = failure
      await assert.rejects(folder.write([value]), (error: Error) => {
        assert.ok(error instanceof SpillError)
        assert.equal(error instanceof DiskFull, failure !== 'EIO')
        return true
      })
      assert.deepEqual(values(folder.path), [])
      assert.equal(folder.bytes, 0)
    })
    await fc.assert(runs, { numRuns: 30 })
  })
})

describe('the folder', () => {
  test('is for this user only, and so are its files, whatever the mask', async (t) => {
    const before = process.umask(0)
    t.after(() => process.umask(before))
    const parent = parentFor(t)
    const [one, two] = [await SpillFolder.open(parent), await SpillFolder.open(parent)]
    assert.notEqual(one.path, two.path)
    await one.write([noise(10)])
    const mode = (path: string): number => statSync(path).mode & 0o777
    assert.equal(mode(one.path), 0o700)
    for (const name of readdirSync(one.path)) assert.equal(mode(join(one.path, name)), 0o600)
    await one.close()
    await two.close()
    assert.deepEqual(readdirSync(parent), [])
  })

  test('is made in a folder that is made too, and by default where the settings say', async (t) => {
    const parent = parentFor(t)
    const folder = await SpillFolder.open(join(parent, 'a', 'b'))
    assert.equal(statSync(join(parent, 'a', 'b')).mode & 0o777, 0o700)
    await folder.close()
    const settings = [
      { memory: { localDirectory: join(parent, 'c') }, temporaryDirectory: join(parent, 'd') },
      { memory: { localDirectory: 'auto' }, temporaryDirectory: join(parent, 'c') },
    ] as const
    for (const setting of settings) {
      const there = await config.with(setting, () => SpillFolder.open())
      assert.ok(there.path.startsWith(join(parent, 'c', '/')))
      await there.close()
    }
  })

  test('is refused below a link, a file, or where nothing can be written, naming the place and the setting', async (t) => {
    const parent = parentFor(t)
    const [folder, link, dangling, file, locked] = ['folder', 'link', 'dangling', 'file', 'locked'].map((name) =>
      join(parent, name),
    )
    mkdirSync(folder!)
    symlinkSync(folder!, link!)
    symlinkSync(join(parent, 'nowhere'), dangling!)
    writeFileSync(file!, '')
    mkdirSync(locked!)
    chmodSync(locked!, 0o500)
    const cases: [string, string][] = [
      [link!, 'is a link'],
      [`${link}/`, 'is a link'],
      [dangling!, dangling!],
      [file!, 'is not a folder'],
      [join(file!, 'below'), 'ENOTDIR'],
      ['/proc', 'cannot be written'],
      ['/proc/heddle', 'cannot be written'],
    ]
    // Modes do not hold root back.
    if (!isRoot) cases.push([locked!, 'EACCES'])
    for (const [path, why] of cases) {
      await assert.rejects(SpillFolder.open(path), (error: Error) => {
        assert.ok(error instanceof SpillFolderError, String(error))
        for (const part of [path.replace(/\/$/, ''), why, 'memory.localDirectory'])
          assert.ok(error.message.includes(part), error.message)
        return true
      })
    }
    assert.deepEqual(readdirSync(folder!), [])
  })

  test('is gone after close, with all that was under way; what comes later is refused', async (t) => {
    const parent = parentFor(t)
    const folder = await SpillFolder.open(parent)
    const ref = await folder.write([noise(3 * MIB)])
    const underWay = [folder.write([noise(8 * MIB)]), folder.read(ref, plain)]
    const settled = Promise.allSettled(underWay)
    await Promise.all([folder.close(), folder.close()])
    assert.deepEqual(readdirSync(parent), [])
    for (const result of await settled) assert.ok(result.status === 'rejected' && result.reason instanceof SpillFolderError)
    await assert.rejects(folder.write([noise(1)]), SpillFolderError)
    await assert.rejects(folder.read(ref, plain), SpillFolderError)
    await folder.drop(ref)
  })

  test('that somebody removed fails to write with its path, and closes', async (t) => {
    const folder = await folderFor(t)
    rmSync(folder.path, { recursive: true })
    await assert.rejects(
      folder.write([noise(1)]),
      (error: SpillError) => error instanceof SpillError && error.message.includes(folder.path),
    )
    await folder.close()
  })
})

describe('what processes leave', () => {
  interface Left {
    readonly path: string
  }
  const start = async (parent: string) => {
    const child = fork(fixture, [parent], { execArgv: [] })
    const [left] = (await once(child, 'message')) as [Left]
    return { child, ...left }
  }

  test('is removed by the next one when they were killed, and not while they live', async (t) => {
    const parent = parentFor(t)
    const { child, path } = await start(parent)
    const during = await SpillFolder.open(parent)
    assert.deepEqual(during.leftovers, { removed: [], problems: [] })
    assert.equal(values(path).length, 1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(values(path).length, 1)
    const after = await SpillFolder.open(parent)
    assert.deepEqual(after.leftovers, { removed: [path], problems: [] })
    assert.ok(!existsSync(path) && existsSync(during.path))
    await during.close()
    await after.close()
    assert.deepEqual(readdirSync(parent), [])
  })

  test('is nothing when they exit', async (t) => {
    const parent = parentFor(t)
    const { child, path } = await start(parent)
    assert.ok(existsSync(path))
    child.send('exit')
    const [code] = (await once(child, 'exit')) as [number]
    assert.equal(code, 3)
    assert.deepEqual(readdirSync(parent), [])
  })

  test('stays when it is of another host, of another user, behind a link, or not signed yet; a used number fools nobody', async (t) => {
    const parent = parentFor(t)
    const mine = await SpillFolder.open(parent)
    const owner = JSON.parse(readFileSync(join(mine.path, 'owner.json'), 'utf8')) as Record<string, unknown>
    const make = (name: string, change: object): string => {
      const folder = join(parent, `heddle-spill-${name}`)
      mkdirSync(folder, { mode: 0o700 })
      writeFileSync(join(folder, 'owner.json'), JSON.stringify({ ...owner, ...change }))
      return folder
    }
    const stay = [
      make('host', { host: 'elsewhere', pid: 2 ** 30 }),
      make('namespace', { namespace: 'pid:[1]', pid: 2 ** 30 }),
      make('same', {}),
    ]
    if (isRoot) {
      const other = make('user', { pid: 2 ** 30 })
      chownSync(other, 12345, 12345)
      stay.push(other)
    }
    const unsigned = join(parent, 'heddle-spill-unsigned')
    mkdirSync(unsigned)
    const target = join(parent, 'target')
    mkdirSync(target)
    writeFileSync(join(target, 'owner.json'), JSON.stringify({ ...owner, pid: 2 ** 30 }))
    const link = join(parent, 'heddle-spill-link')
    symlinkSync(target, link)
    stay.push(unsigned, link, target, mine.path)
    const go = [make('dead', { pid: 2 ** 30 }), make('again', { started: '1' }), make('boot', { boot: 'before' })]
    // Somebody was killed while removing it.
    const half = join(parent, 'heddle-dead-half')
    mkdirSync(half)
    writeFileSync(join(half, '1.value'), '')
    go.push(half)
    const folder = await SpillFolder.open(parent)
    assert.deepEqual([...folder.leftovers.removed].sort(), go.sort())
    assert.deepEqual(folder.leftovers.problems, [])
    for (const path of go) assert.ok(!existsSync(path))
    for (const path of stay) assert.ok(existsSync(path))
    await folder.close()
    await mine.close()
  })

  test('is removed once when many start', async (t) => {
    const parent = parentFor(t)
    const { child, path } = await start(parent)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const folders = await Promise.all(Array.from({ length: 8 }, () => SpillFolder.open(parent)))
    assert.ok(!existsSync(path))
    assert.deepEqual(
      folders.flatMap(({ leftovers }) => leftovers.problems),
      [],
    )
    await Promise.all(folders.map((folder) => folder.close()))
    assert.deepEqual(readdirSync(parent), [])
  })
})
