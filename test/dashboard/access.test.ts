import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Access } from '../../src/dashboard/server/access.js'

const access = new Access({ key: 'secret', port: 8787, names: ['localhost', '127.0.0.1', 'node7'], secure: false })
const at = (path: string): URL => new URL(path, 'http://localhost')
const host = 'localhost:8787'
const own = `http://${host}`

function cookieOf(): string {
  const verdict = access.check(at('/?key=secret'), { host }, false)
  assert.equal(verdict.kind, 'cookie')
  const { cookie } = verdict as { cookie: string }
  assert.match(cookie, /^heddle-8787=[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/)
  assert.ok(!cookie.includes('secret'))
  return cookie.split(';')[0]!
}

const statusOf = (verdict: ReturnType<Access['check']>): number => (verdict.kind === 'refused' ? verdict.status : 200)

test('who has the key comes in; who has not learns nothing', () => {
  assert.equal(statusOf(access.check(at('/'), { host }, false)), 401)
  assert.equal(statusOf(access.check(at('/?key=secre'), { host }, false)), 401)
  assert.equal(statusOf(access.check(at('/?key='), { host }, false)), 401)
  assert.equal(statusOf(access.check(at('/'), { host, authorization: 'Bearer wrong' }, false)), 401)
  assert.equal(statusOf(access.check(at('/'), { host, authorization: 'Bearer secret' }, false)), 200)
  const cookie = cookieOf()
  assert.equal(statusOf(access.check(at('/'), { host, cookie }, false)), 200)
  assert.equal(statusOf(access.check(at('/'), { host, cookie: `other=1; ${cookie}; x=2` }, false)), 200)
  assert.equal(statusOf(access.check(at('/'), { host, cookie: `${cookie}x` }, false)), 401)
  // The cookie is not the key, nor the other way round.
  assert.equal(statusOf(access.check(at('/'), { host, cookie: 'heddle-8787=secret' }, false)), 401)
  assert.equal(statusOf(access.check(at(`/?key=${cookie.split('=')[1]}`), { host }, false)), 401)
})

test('only by a name of this machine: another site cannot make its own lead here', () => {
  const cookie = cookieOf()
  for (const name of ['evil.example', 'evil.example:8787', 'localhost.evil.example', '', undefined])
    assert.equal(statusOf(access.check(at('/'), { host: name, cookie }, false)), 421, name)
  for (const name of ['127.0.0.1:8787', 'node7:8787', 'NODE7', 'localhost'])
    assert.equal(statusOf(access.check(at('/'), { host: name, cookie }, false)), 200, name)
})

test('only pages of this server get a WebSocket, with or without the cookie', () => {
  const cookie = cookieOf()
  assert.equal(statusOf(access.check(at('/feed'), { host, cookie, origin: own }, true)), 200)
  for (const origin of ['http://evil.example', 'http://localhost:9999', 'https://localhost:8787', 'null'])
    assert.equal(statusOf(access.check(at('/feed'), { host, cookie, origin }, true)), 403, origin)
  // No browser keeps quiet about where a page comes from.
  assert.equal(statusOf(access.check(at('/feed'), { host, cookie }, true)), 403)
  assert.equal(statusOf(access.check(at('/feed?key=secret'), { host, origin: own }, true)), 401)
  // Programs say the key.
  assert.equal(statusOf(access.check(at('/feed'), { host, authorization: 'Bearer secret' }, true)), 200)
  assert.equal(statusOf(access.check(at('/'), { host, cookie, origin: 'http://evil.example' }, false)), 403)
})
