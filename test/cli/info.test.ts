import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpus, tmpdir, totalmem } from 'node:os'
import { realpathSync } from 'node:fs'
import { test } from 'node:test'
import { configFiles } from '../../src/cli/config-files.js'
import { mountOf } from '../../src/memory/index.js'
import { highway } from '../../src/native/index.js'
import { type SystemInfo, systemInfo } from '../../src/cli/system-info.js'
import { wasmFeatures } from '../../src/cli/wasm-features.js'
import { type SettingReport, availableCores } from '../../src/config/index.js'
import { heddle } from './places.js'

test('it says what this process and this machine are', (t) => {
  const { status, stdout, stderr } = heddle(t, ['info', '--json'])
  assert.deepEqual([status, stderr], [0, ''])
  const info = JSON.parse(stdout) as SystemInfo
  assert.equal(info.node.version, process.versions.node)
  assert.deepEqual([info.system.platform, info.system.arch], [process.platform, process.arch])
  assert.deepEqual([info.cores.available, info.cores.present], [availableCores(), cpus().length])
  assert.equal(info.memory.total, totalmem())
  assert.ok(info.memory.free > 0 && info.memory.free <= info.memory.total)
  assert.ok(info.memory.limit === null || info.memory.limit < info.memory.total)
  assert.equal(info.temporaryDirectory.path, tmpdir())
  assert.ok(info.temporaryDirectory.free! > 0 && info.temporaryDirectory.free! <= info.temporaryDirectory.total!)
  assert.equal(info.sharedMemory, true)
  assert.equal(info.inspector, process.features.inspector)
  assert.ok(info.configFiles.every(({ state, path }) => state === 'absent' || path.startsWith('/etc/')))
})

test('people get the same in words', (t) => {
  const { stdout } = heddle(t, ['info'], {
    files: { 'heddle.yaml': 'threads: 1' },
    env: { HEDDLE_TEMPORARY_DIRECTORY: 'FOLDER/missing' },
  })
  const line = (name: string): string => new RegExp(`^${name} +(.*)$`, 'm').exec(stdout)![1]!
  assert.ok(line('Node').startsWith(process.versions.node))
  assert.ok(line('Cores').startsWith(`${availableCores()} of ${cpus().length} are available`))
  assert.match(line('Temporary folder'), /missing {2}cannot be used: ENOENT/)
  assert.match(line('Settings'), /heddle\.yaml$/)
  assert.match(line('WebAssembly'), /^SIMD (yes|no), relaxed SIMD (yes|no), threads (yes|no), memory64 (yes|no)$/)
})

test('it says which libraries of the system do the work on arrays, and which cannot', (t) => {
  const env = { HEDDLE_ARRAY__HIGHWAY: '/nowhere/libhwy_contrib.so', HEDDLE_ARRAY__OPENBLAS: 'off' }
  const { stdout } = heddle(t, ['info'], { env })
  assert.match(stdout, /^Sorting +Highway cannot be used {2}the setting array\.highway names \/nowhere\/libhwy_contrib\.so/m)
  assert.match(stdout, /^Matrices +Heddle's own kernels/m)
  const { libraries } = JSON.parse(heddle(t, ['info', '--json']).stdout) as SystemInfo
  assert.deepEqual(libraries.highway, { path: highway()?.path ?? null, problem: null })
})

test('WebAssembly: the features are those that this version of V8 ships with', () => {
  const [major, minor] = process.versions.v8.split('.').map(Number)
  const since = (a: number, b: number): boolean => major! > a || (major === a && minor! >= b)
  // The releases of V8 in which each was switched on, by Chrome's platform status.
  assert.deepEqual(wasmFeatures(), { simd: since(9, 1), relaxedSimd: since(11, 4), threads: since(7, 4), memory64: since(13, 3) })
})

test('the files that are looked for are those that settings are read from', (t) => {
  const files = {
    'config/heddle/heddle.yaml': 'threads: 1',
    'heddle.yaml': 'processes: 2',
    'more/a.yaml': 'executor: inline',
    'more/b.yml': 'bag: { splitEvery: 3 }',
    'more/c.txt': 'no settings',
  }
  const env = { XDG_CONFIG_HOME: 'FOLDER/config', HEDDLE_CONFIG: 'more' }
  const info = heddle(t, ['info', '--json'], { files, env })
  const found = (JSON.parse(info.stdout) as SystemInfo).configFiles.flatMap(({ path, state }) =>
    state === 'found' ? [path.replace(info.folder, '')] : [],
  )
  const settings = heddle(t, ['config', '--json'], { files, env })
  const sources = (JSON.parse(settings.stdout) as SettingReport[]).flatMap(({ source }) =>
    source.from === 'file' ? [source.file.replace(settings.folder, '')] : [],
  )
  assert.deepEqual(found.sort(), sources.sort())
  assert.equal(found.length, 4)
})

test('a folder named twice is looked into once', () => {
  assert.deepEqual(
    configFiles({ XDG_CONFIG_HOME: '/nowhere', HEDDLE_CONFIG: '/nowhere/heddle/heddle.yaml' })
      .map(({ path }) => path)
      .filter((path) => path.startsWith('/nowhere')),
    ['/nowhere/heddle/heddle.yaml'],
  )
})

test('the mount of a path: the innermost, the latest, with its name unescaped', () => {
  const text = String.raw`22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard
36 27 98:0 /mnt1 /home rw,noatime master:1 - nfs4 server:/home rw,errors=continue
37 36 98:1 / /home/with\040space rw - fuse.sshfs me@host: rw
38 27 98:2 / /scratch rw - xfs /dev/sdb rw
39 27 98:3 / /scratch rw - lustre 10.0.0.1@tcp:/l rw
`
  const type = (path: string): string => {
    const mount = mountOf(path, text)!
    return `${mount.point} ${mount.type} ${mount.network}`
  }
  assert.equal(type('/'), '/ ext4 false')
  assert.equal(type('/homes'), '/ ext4 false')
  assert.equal(type('/home'), '/home nfs4 true')
  assert.equal(type('/home/a/b'), '/home nfs4 true')
  assert.equal(type('/home/with space/x'), '/home/with space fuse.sshfs true')
  assert.equal(type('/scratch/x'), '/scratch lustre true')
  assert.equal(mountOf('/x', ''), undefined)
})

test('the mount is the one that df tells', (t) => {
  const path = realpathSync(tmpdir())
  const df = spawnSync('df', ['--output=fstype,target', path], { encoding: 'utf8' })
  if (df.status !== 0) {
    t.skip('there is no df that tells it')
    return
  }
  const [type, point] = df.stdout.trim().split('\n')[1]!.split(/\s+/)
  const { mount } = systemInfo().temporaryDirectory
  assert.deepEqual([mount?.type, mount?.point], [type, point])
})
