import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, statSync, writeFileSync } from 'node:fs'
import { createServer, connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  AddressInUse,
  AuthenticationError,
  CertificateError,
  type CommError,
  ConnectError,
  ConnectTimeout,
  type Credentials,
  ProtocolError,
  Security,
  VersionMismatch,
  connect,
  generateToken,
  listen,
} from '../../src/comm/index.js'
import { makeCertificates } from '../../src/comm/make-certificates.js'
import { writeHello } from '../../src/comm/hello.js'
import { config } from '../../src/config/index.js'
import { ArgumentError } from '../../src/base/index.js'
import { Recorder, credentials } from './linked.js'

type Kind = abstract new (...args: never[]) => CommError

const fails = (kind: Kind, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof kind, String(error))
  assert.match(error.message, pattern)
  return true
}

/** A listener and a connection over it that must live through whatever else happens. */
async function watched(address: string, more: Partial<Credentials> = {}) {
  const refusals: Error[] = []
  let told = () => {}
  let accepted = 0
  const listener = await listen(address, {
    credentials: { ...credentials, ...more },
    accept(comm) {
      accepted++
      return { frame: (kind, body) => comm.send(kind, [body]), closed: () => {} }
    },
    refused(error) {
      refusals.push(error)
      told()
    },
  })
  const events = new Recorder()
  const own = { ...credentials, ...more }
  const comm = await connect(listener.address, { credentials: own, role: 'client', events })
  const port = Number(listener.address.split(':').at(-1))
  return {
    listener,
    port,
    credentials: own,
    refusals,
    get accepted() {
      return accepted
    },
    async refused(count: number): Promise<Error[]> {
      while (refusals.length < count)
        await new Promise<void>((resolve) => {
          told = resolve
        })
      return refusals
    },
    async end() {
      comm.send(1, [new Uint8Array(8)])
      await events.received(1)
      await comm.close()
      await listener.close()
    },
  }
}

const attempt = (address: string, other: Partial<Credentials> = {}, timeout?: number) =>
  connect(address, { credentials: { ...credentials, ...other }, role: 'worker', events: new Recorder(), timeout })

/** Sends bytes to a port; what came back when the other end hung up. */
async function speak(port: number, bytes: Uint8Array | string): Promise<Buffer> {
  const socket = connectSocket(port, '127.0.0.1')
  const got: Buffer[] = []
  socket.on('data', (chunk: Buffer) => got.push(chunk))
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return Buffer.concat(got)
}

/** Something that is no Heddle and does with its connections what it is told. */
async function stranger(take: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    take(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

describe('who does not belong to the cluster', () => {
  for (const scheme of ['tcp', 'tls', 'ws', 'wss'])
    test(`a wrong token is refused over ${scheme}`, async () => {
      const one = await watched(`${scheme}://127.0.0.1:0`)
      await assert.rejects(
        attempt(one.listener.address, { token: generateToken() }),
        fails(AuthenticationError, /does not know the token/),
      )
      await one.refused(1)
      assert.equal(one.accepted, 1)
      await one.end()
    })

  test('a squatter on the port is told nothing that depends on the token', async () => {
    const heard: Buffer[] = []
    let left = () => {}
    const gone = new Promise<void>((resolve) => {
      left = resolve
    })
    const squatter = await stranger((socket) => {
      socket.on('data', (chunk: Buffer) => heard.push(chunk))
      socket.on('close', () => left())
      // It claims to be a Heddle and cannot prove it.
      socket.write(writeHello('listener', new Uint8Array(32), 1e9))
      socket.write(new Uint8Array(32))
    })
    await assert.rejects(attempt(`tcp://127.0.0.1:${squatter.port}`), fails(AuthenticationError, /does not know the token/))
    await gone
    squatter.close()
    assert.equal(Buffer.concat(heard).length, 112, 'a hello and no proof')
  })

  test('a recorded handshake is worthless', async () => {
    const one = await watched('tcp://127.0.0.1:0')
    const spoken: Buffer[] = []
    const relay = await stranger((socket) => {
      const onward = connectSocket(one.port, '127.0.0.1')
      socket.on('data', (chunk: Buffer) => spoken.push(chunk))
      socket.pipe(onward).pipe(socket)
      onward.on('error', () => socket.destroy())
      socket.on('close', () => onward.destroy())
    })
    const comm = await attempt(`tcp://127.0.0.1:${relay.port}`)
    assert.equal(Buffer.concat(spoken).length, 112 + 32)
    assert.equal(one.accepted, 2)
    await comm.close()
    await speak(one.port, Buffer.concat(spoken).subarray(0, 112 + 32))
    const refusals = await one.refused(1)
    assert.ok(refusals[0] instanceof AuthenticationError)
    assert.equal(one.accepted, 2)
    relay.close()
    await one.end()
  })

  for (const scheme of ['tls', 'wss']) {
    test(`foreign certificates are refused over ${scheme}, on both sides`, async () => {
      const one = await watched(`${scheme}://127.0.0.1:0`)
      const foreign = (await Security.temporary()).tls!
      await assert.rejects(
        attempt(one.listener.address, { tls: foreign }),
        fails(CertificateError, /not signed by this cluster's CA/),
      )
      await assert.rejects(
        attempt(one.listener.address, { tls: { ...foreign, ca: credentials.tls!.ca } }),
        fails(CertificateError, /refuses the certificate of this process: the CA/),
      )
      await one.end()
    })

    test(`expired certificates are errors that say so over ${scheme}, on both sides`, async () => {
      const long = 400 * 24 * 60 * 60 * 1000
      const expired = await makeCertificates(365, Date.now() - long)
      const old = await listen(`${scheme}://127.0.0.1:0`, {
        credentials: { ...credentials, tls: expired },
        accept: () => new Recorder(),
      })
      await assert.rejects(attempt(old.address, { tls: expired }), fails(CertificateError, /the certificate of .* has expired/))
      await old.close()
      const { ca, ...rest } = credentials.tls!
      const trusting = { ...credentials, tls: { ...rest, ca: `${ca}\n${expired.ca}` } }
      const now = await listen(`${scheme}://127.0.0.1:0`, { credentials: trusting, accept: () => new Recorder() })
      await assert.rejects(
        attempt(now.address, { tls: { ...expired, ca } }),
        fails(CertificateError, /refuses the certificate of this process: it has expired/),
      )
      await now.close()
    })
  }

  test('credentials that are none are refused where they are given', async () => {
    await assert.rejects(attempt('tcp://127.0.0.1:1', { token: new Uint8Array(8) }), fails(AuthenticationError, /32 bytes/))
    await assert.rejects(attempt('tls://127.0.0.1:1', { tls: undefined }), fails(CertificateError, /needs certificates/))
    await assert.rejects(
      attempt('tls://127.0.0.1:1', { tls: { ca: 'x', cert: 'y', key: 'z' } }),
      fails(CertificateError, /cannot be read/),
    )
  })
})

describe('who speaks something else', () => {
  test('another version is an error on both sides that names both', async () => {
    const one = await watched('tcp://127.0.0.1:0')
    const answer = await speak(one.port, writeHello('worker', new Uint8Array(32), 1e9, 0, 77))
    const [refusal] = await one.refused(1)
    assert.ok(refusal instanceof VersionMismatch)
    assert.match(refusal.message, /protocol 77.*protocol 1.*install the same version/)
    assert.equal(answer.length, 112, 'a hello and no proof')
    await one.end()
    const future = await stranger((socket) => socket.write(writeHello('listener', new Uint8Array(32), 1e9, 1, 78)))
    await assert.rejects(attempt(`tcp://127.0.0.1:${future.port}`), fails(VersionMismatch, /protocol 78.*protocol 1/))
    future.close()
  })

  for (const scheme of ['tcp', 'tls', 'ws', 'wss'])
    test(`garbage at a ${scheme} port harms nobody else`, async () => {
      const one = await watched(`${scheme}://127.0.0.1:0`)
      await speak(one.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      await speak(one.port, new Uint8Array(200).fill(0xaa))
      await speak(one.port, new Uint8Array(100_000).fill(0x16))
      await one.refused(3)
      assert.equal(one.accepted, 1)
      await one.end()
    })

  test('garbage from a listener is an error that says so', async () => {
    const web = await stranger((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.padEnd(200)))
    await assert.rejects(attempt(`tcp://127.0.0.1:${web.port}`), fails(ProtocolError, /is not a Heddle/))
    await assert.rejects(attempt(`ws://127.0.0.1:${web.port}`), fails(ConnectError, /400/))
    web.close()
  })

  test('a plain connection to a TLS port, and the other way round, are told what to write', async () => {
    const secure = await watched('tls://127.0.0.1:0')
    await assert.rejects(attempt(secure.listener.address.replace('tls:', 'tcp:')), /speaks TLS only: write tls:/)
    await secure.end()
    const plain = await watched('tcp://127.0.0.1:0')
    await assert.rejects(attempt(plain.listener.address.replace('tcp:', 'tls:')), /does not speak TLS/)
    const [refusal] = await plain.refused(1)
    assert.match(refusal!.message, /speaks TLS, and .* does not/)
    await plain.end()
  })

  test('who says nothing, or too slowly, is put out at the deadline; others come in meanwhile', async () => {
    await config.with({ comm: { handshakeTimeout: 1500, concurrentHandshakes: 1 } }, async () => {
      const one = await watched('tcp://127.0.0.1:0')
      const slow = Array.from({ length: 6 }, (_, i) =>
        speak(one.port, i % 2 === 0 ? new Uint8Array(0) : writeHello('x', new Uint8Array(32), 1).subarray(0, 50)),
      )
      await (await attempt(one.listener.address)).close()
      await Promise.all(slow)
      const refusals = await one.refused(6)
      for (const refusal of refusals) assert.ok(refusal instanceof ConnectTimeout)
      await one.end()
    })
  })

  test('those that say nothing make room when there are too many', async () => {
    await config.with({ comm: { maximumUnproved: 4 } }, async () => {
      const one = await watched('tcp://127.0.0.1:0')
      const silent = Array.from({ length: 10 }, () => speak(one.port, ''))
      await one.refused(6)
      await (await attempt(one.listener.address)).close()
      await one.listener.close()
      await Promise.all(silent)
      await one.refused(10)
      assert.equal(one.accepted, 2)
      await one.end()
    })
  })
})

describe('addresses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-comm-'))

  test('nobody there, a port in use, a port of a range', async () => {
    const one = await listen('tcp://127.0.0.1:0', { credentials, accept: () => new Recorder() })
    const port = Number(one.address.split(':').at(-1))
    const again = (address: string) => listen(address, { credentials, accept: () => new Recorder() })
    await assert.rejects(again(one.address), fails(AddressInUse, new RegExp(`port ${port} is in use.*0 for any`)))
    const next = await again(`tcp://127.0.0.1:${port}-${Math.min(port + 20, 65_535)}`)
    assert.notEqual(next.address, one.address)
    await one.close()
    await next.close()
    await assert.rejects(attempt(one.address), fails(ConnectError, /nobody listens at/))
  })

  test('a listener that never answers', async () => {
    const deaf = await stranger(() => {})
    for (const scheme of ['tcp', 'tls', 'ws', 'wss'])
      await assert.rejects(attempt(`${scheme}://127.0.0.1:${deaf.port}`, {}, 50), fails(ConnectTimeout, /within 50 ms/))
    const controller = new AbortController()
    const reason = new Error('stop')
    const waiting = connect(`tcp://127.0.0.1:${deaf.port}`, {
      credentials,
      role: 'x',
      events: new Recorder(),
      signal: controller.signal,
    })
    controller.abort(reason)
    await assert.rejects(waiting, reason)
    deaf.close()
  })

  test('a socket file is for its owner only, and one that is left over is taken', async () => {
    const path = join(folder, 'socket')
    const make = () => listen(`unix://${path}`, { credentials, accept: () => new Recorder() })
    const one = await make()
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await assert.rejects(make(), fails(AddressInUse, /another process listens there/))
    await one.close()
    const file = join(folder, 'file')
    closeSync(openSync(file, 'w'))
    await assert.rejects(
      listen(`unix://${file}`, { credentials, accept: () => new Recorder() }),
      fails(AddressInUse, /not a socket/),
    )
    await assert.rejects(attempt(`unix://${join(folder, 'none')}`), fails(ConnectError, /there is no socket/))
  })

  test('what is no address', async () => {
    for (const address of [
      '',
      'tcp://',
      'tcp://host',
      'tcp://h:70000',
      'tcp://h:9-8',
      'udp://h:1',
      'unix://x',
      'inproc://',
      `unix:///${'x'.repeat(120)}`,
    ])
      await assert.rejects(attempt(address), ArgumentError)
    await assert.rejects(attempt('tcp://host:1-2'), ArgumentError)
  })
})

describe('Security', () => {
  test('files give back what was written, private to the user, never over others', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'heddle-comm-')), 'credentials')
    const security = await Security.temporary()
    await security.toFiles(folder)
    const back = await Security.fromFiles(folder)
    assert.deepEqual([back.token, back.tls], [security.token, security.tls])
    for (const name of ['token', 'ca.pem', 'cert.pem', 'key.pem']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
    await assert.rejects(security.toFiles(folder), /exists already/)
    const open = join(mkdtempSync(join(tmpdir(), 'heddle-comm-')), '')
    writeFileSync(join(open, 'token'), 'ab'.repeat(32), { mode: 0o644 })
    await assert.rejects(Security.fromFiles(open), fails(AuthenticationError, /can be read by other users \(mode 644\)/))
  })
})
