import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from '../../src/client/index.js'
import { Security, generateToken } from '../../src/comm/index.js'
import { SchedulerFileError, readSchedulerFile, writeSchedulerFile } from '../../src/protocol/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-test-'))
})
after(() => rm(folder, { recursive: true }))

const file = { id: 'a', addresses: ['tcp://127.0.0.1:1'], credentials: { token: generateToken() } }

test('what is written is read, by this user only', async () => {
  const path = join(folder, 'scheduler.json')
  const security = await Security.temporary({ days: 1 })
  await writeSchedulerFile(path, { ...file, credentials: security })
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readSchedulerFile(path), { ...file, credentials: { token: security.token, tls: security.tls } })
  await writeSchedulerFile(path, file)
  assert.deepEqual(await readSchedulerFile(path), file)
  assert.deepEqual(await readdir(folder), ['scheduler.json'])
})

test('files that others could have read, that are none, and that are not there are refused', async () => {
  const path = join(folder, 'bad.json')
  await assert.rejects(readSchedulerFile(path), /there is none: the scheduler writes it/)
  await writeSchedulerFile(path, file)
  if (process.getuid) {
    await chmod(path, 0o640)
    await assert.rejects(
      readSchedulerFile(path),
      (error) => error instanceof SchedulerFileError && /mode 640/.test(error.message),
    )
    await chmod(path, 0o600)
  }
  const good = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  const wrong: [unknown, RegExp][] = [
    [[], /id/],
    [null, /no object/],
    [{ ...good, addresses: [] }, /addresses/],
    [{ ...good, token: 'abc' }, /token/],
    [{ ...good, tls: { ca: 'x' } }, /tls/],
  ]
  for (const [content, message] of wrong) {
    await writeFile(path, JSON.stringify(content))
    await assert.rejects(readSchedulerFile(path), message)
  }
  await writeFile(path, '{')
  await assert.rejects(readSchedulerFile(path), /not JSON/)
  await assert.rejects(writeSchedulerFile(join(folder, 'no', 'such', 'folder.json'), file), SchedulerFileError)
})

test('a client connects by it, to the first address that answers; by an address and a token; and says what is missing', async () => {
  const cluster = await InProcessCluster.start({ workers: 1 })
  const path = join(folder, 'running.json')
  const { id } = cluster.scheduler
  await writeSchedulerFile(path, { id, addresses: ['tcp://127.0.0.1:1', cluster.address], credentials: cluster.credentials })
  const first = await Client.connect({ schedulerFile: path }, { setAsDefault: false })
  assert.equal(await first.submit((x: number) => x + 1, 1), 2)
  const second = await Client.connect(cluster.address, { security: cluster.credentials, setAsDefault: false })
  assert.equal((await second.schedulerInfo()).clients.length, 3)
  await assert.rejects(Client.connect(cluster.address), /token/)
  await assert.rejects(Client.connect(cluster.address, { security: { token: generateToken() } }), /token/)
  await assert.rejects(Client.connect(7 as never), /no cluster/)
  await first.close()
  await second.close()
  await cluster.close()
})
