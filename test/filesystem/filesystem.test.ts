import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { ArgumentError, HeddleError } from '../../src/base/index.js'
import {
  FileError,
  type FileInfo,
  type FileNames,
  FileNotFoundError,
  local,
  removeFolder,
  removeFolderSync,
  resolveFiles,
  resolveFilesSync,
  resolvePath,
  temporaryFolder,
  temporaryFolderSync,
} from '../../src/filesystem/index.js'

let root = ''
before(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-filesystem-')))
})
after(() => rmSync(root, { recursive: true }))

function folderOf(name: string, files: readonly string[]): string {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), file)
  }
  return folder
}

/** Both ways to resolve must agree, in what they give and in how they fail. */
async function resolveBoth(files: FileNames): Promise<FileInfo[]> {
  const now = new Promise<FileInfo[]>((done) => done(resolveFilesSync(files)))
  const [later, sooner] = await Promise.allSettled([resolveFiles(files), now])
  if (later.status === 'rejected') {
    assert.equal(String(sooner.status === 'rejected' && sooner.reason), String(later.reason))
    throw later.reason
  }
  assert.deepEqual(sooner, later)
  return later.value
}
const names = async (files: FileNames): Promise<string[]> => (await resolveBoth(files)).map((f) => f.path)
const drain = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

test('a glob gives its files in natural order, with size and time as the system knows them', async () => {
  const folder = folderOf('natural', ['part-10.txt', 'part-2.txt', 'part-1.txt', 'other.csv', 'deep/part-3.txt', '.hidden.txt'])
  const files = await resolveBoth(join(folder, '*.txt'))
  assert.deepEqual(
    files.map((f) => basename(f.path)),
    ['part-1.txt', 'part-2.txt', 'part-10.txt'],
  )
  for (const f of files) {
    const { size, mtimeMs } = statSync(f.path)
    assert.deepEqual(f, { path: f.path, size, modified: mtimeMs })
  }
  assert.deepEqual(structuredClone(files), files)
  assert.equal((await resolveBoth(join(folder, '**/*.txt'))).length, 4)
  assert.deepEqual(
    (await names(join(folder, 'part-{1,2}.txt'))).map((p) => basename(p)),
    ['part-1.txt', 'part-2.txt'],
  )
  assert.deepEqual(await names(join(folder, 'deep', '..', 'part-[2].txt')), [join(folder, 'part-2.txt')])
})

test('names keep their order, duplicates come once', async () => {
  const folder = folderOf('order', ['a.txt', 'b.txt', 'c.txt'])
  const [a, b, c] = ['a.txt', 'b.txt', 'c.txt'].map((f) => join(folder, f))
  assert.deepEqual(await names([c!, join(folder, '*.txt'), a!]), [c, a, b])
  assert.deepEqual(await names([b!, `${folder}/./b.txt`]), [b])
})

test('relative names, the home folder and file URLs', async () => {
  const folder = folderOf('kinds', ['a b.txt', 'c.txt'])
  assert.deepEqual(await names(pathToFileURL(join(folder, 'a b.txt'))), [join(folder, 'a b.txt')])
  assert.deepEqual(await names(pathToFileURL(join(folder, 'c.txt')).href), [join(folder, 'c.txt')])
  assert.deepEqual(await names(new URL('*.txt', `${pathToFileURL(folder).href}/`)), [
    join(folder, 'a b.txt'),
    join(folder, 'c.txt'),
  ])
  assert.deepEqual(await names(relative(process.cwd(), join(folder, 'c.txt'))), [join(folder, 'c.txt')])
  assert.deepEqual(await names(relative(process.cwd(), join(folder, '*c.txt'))), [join(folder, 'c.txt')])
  assert.equal(resolvePath('~/x.txt'), join(homedir(), 'x.txt'))
  assert.equal(resolvePath('~'), homedir())
  assert.throws(() => resolvePath('ftp://host/key'), ArgumentError)
  assert.throws(() => resolvePath(new URL('ftp://example.org/x')), /no store for ftp:\/\/example\.org\/x/)
  assert.throws(() => resolvePath(''), ArgumentError)
  assert.throws(() => resolvePath(3 as unknown as string), /not by 3/)
  await assert.rejects(resolveBoth([]), ArgumentError)
})

test('a name with brackets or braces that exists is taken as it stands', async () => {
  const folder = folderOf('[draft]', ['notes {a,b}.txt', 'x1.txt', 'x2.txt'])
  assert.deepEqual(await names(join(folder, 'notes {a,b}.txt')), [join(folder, 'notes {a,b}.txt')])
  assert.deepEqual(await names(join(folder, 'x*.txt')), [join(folder, 'x1.txt'), join(folder, 'x2.txt')])
})

test('what is missing is named with its absolute path and the folder searched', async () => {
  const folder = folderOf('missing', ['a.txt'])
  await assert.rejects(resolveBoth(join(folder, 'b.txt')), (error: unknown) => {
    assert(error instanceof FileNotFoundError && error instanceof HeddleError)
    assert.equal(error.path, join(folder, 'b.txt'))
    assert.equal(error.folder, folder)
    assert.equal(error.message, `There is no ${folder}/b.txt: the folder ${folder} has no such file`)
    return true
  })
  await assert.rejects(resolveBoth(relative(process.cwd(), join(folder, 'none', '*.csv'))), (error: unknown) => {
    assert(error instanceof FileNotFoundError)
    assert.equal(error.folder, join(folder, 'none'))
    assert(error.message.includes(`the folder ${folder}/none does not exist (${folder} does)`), error.message)
    return true
  })
  await assert.rejects(resolveBoth([join(folder, 'a.txt'), join(folder, '*.csv')]), /No file matches .*missing\/\*\.csv/)
  await assert.rejects(
    resolveFiles(folder),
    (error: unknown) => error instanceof FileError && /is a folder.*missing\/\*/.test(error.message),
  )
  await assert.rejects(local.read(join(folder, 'a.txt', 'x'), 0, 1), /a part of the path is a file/)
})

test('ranges and streams give the bytes of the file', async () => {
  const path = join(root, 'bytes')
  const bytes = Buffer.alloc(2_500_000, (Math.random() * 1e9).toString(36))
  writeFileSync(path, bytes)
  await fc.assert(
    fc.asyncProperty(fc.nat(2_600_000), fc.nat(2_600_000), async (start, end) => {
      assert(bytes.subarray(start, Math.max(start, end)).equals(await local.read(path, start, end)))
    }),
    { numRuns: 30 },
  )
  for (const start of [0, 1, 1 << 20, 2_499_999, 2_500_000, 2_500_001]) {
    assert(bytes.subarray(start).equals(await drain(local.stream(path, start))))
  }
})

test('writing replaces the whole file or changes nothing', async () => {
  const path = join(root, 'written', 'deep', 'file')
  const text = (...parts: string[]) => parts.map((p) => Buffer.from(p))
  await local.write(path, text('one', '', 'two'))
  assert.equal(readFileSync(path, 'utf8'), 'onetwo')
  await local.write(
    path,
    (async function* () {
      yield* text('three')
      assert.equal(readFileSync(path, 'utf8'), 'onetwo')
      yield* text('four')
    })(),
  )
  assert.equal(readFileSync(path, 'utf8'), 'threefour')
  const mistake = new Error('mine')
  await assert.rejects(
    local.write(
      path,
      (function* () {
        yield* text('half')
        throw mistake
      })(),
    ),
    (error: unknown) => error === mistake,
  )
  assert.equal(readFileSync(path, 'utf8'), 'threefour')
  assert.deepEqual(readdirSync(join(path, '..')), ['file'])
  await assert.rejects(local.write(join(root, 'written', 'deep'), text('x')), FileError)
  assert.deepEqual(readdirSync(join(root, 'written')), ['deep'])
  await local.write(path, [])
  assert.equal(statSync(path).size, 0)
})

test('a folder without permission is a FileError that says so', { skip: process.getuid?.() === 0 }, async () => {
  const folder = folderOf('closed', ['a'])
  chmodSync(folder, 0o500)
  await assert.rejects(local.write(join(folder, 'b'), []), /no permission/)
  chmodSync(folder, 0o700)
})

test('temporary folders are private, new each time, and removing one does not follow links', async () => {
  const made = [await temporaryFolder('x-', root), temporaryFolderSync('x-', root), await temporaryFolder('heddle-test-')]
  assert.equal(new Set(made).size, 3)
  for (const folder of made) {
    assert.equal(lstatSync(folder).mode & 0o777, 0o700)
    assert.equal(realpathSync(folder), folder)
  }
  const kept = folderOf('kept', ['file'])
  symlinkSync(kept, join(made[0]!, 'link'))
  mkdirSync(join(made[0]!, 'a', 'b'), { recursive: true })
  await removeFolder(made[0]!)
  await removeFolder(made[0]!)
  removeFolderSync(made[1]!)
  await removeFolder(made[2]!)
  for (const folder of made) assert(!existsSync(folder))
  assert.deepEqual(readdirSync(kept), ['file'])
  await assert.rejects(temporaryFolder('x-', join(root, 'nowhere')), FileNotFoundError)
})
