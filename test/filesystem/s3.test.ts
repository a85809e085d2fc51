import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { config } from '../../src/config/index.js'
import { CredentialsError, resolvePath } from '../../src/filesystem/index.js'
import { parseS3, s3Url } from '../../src/filesystem/s3-address.js'
import { s3Account } from '../../src/filesystem/s3-credentials.js'
import { s3Store } from '../../src/filesystem/s3.js'
import { signed } from '../../src/filesystem/s3-sign.js'
import { systemTiming } from '../../src/filesystem/timing.js'

const timing = { ...systemTiming, sleep: async () => undefined }

// The examples of "Signature Calculations for the Authorization Header" in the API reference of Amazon S3.
describe('signatures are those of the examples that AWS publishes', () => {
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
  const host = 'https://examplebucket.s3.amazonaws.com'
  const examples = [
    ['GET', '/test.txt', { range: 'bytes=0-9' }, undefined, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
    [
      'PUT',
      '/test%24file.text',
      { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      'Welcome to Amazon S3.',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    ['GET', '/?lifecycle=', {}, undefined, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['GET', '/?max-keys=2&prefix=J', {}, undefined, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ] as const
  for (const [method, path, headers, body, signature] of examples) {
    test(`${method} ${path}`, async () => {
      const ask = { method, url: host + path, headers, ...(body !== undefined && { body: Buffer.from(body) }) }
      const { headers: sent } = await signed(ask, credentials, 'us-east-1', '20130524T000000Z')
      assert.match(sent['authorization']!, new RegExp(`Signature=${signature}$`))
    })
  }

  test('accept-encoding, which fetch may change, is sent but not signed', async () => {
    const ask = { method: 'GET', url: `${host}/x`, headers: { 'accept-encoding': 'identity' } } as const
    const { headers } = await signed(ask, credentials, 'us-east-1')
    assert.equal(headers['accept-encoding'], 'identity')
    assert(!headers['authorization']!.includes('accept-encoding'))
  })
})

test('addresses', () => {
  const aws = { region: 'eu-west-1' }
  assert.equal(s3Url(parseS3('s3://b/a b/é'), aws), 'https://b.s3.eu-west-1.amazonaws.com/a%20b/%C3%A9')
  assert.equal(s3Url(parseS3('s3://b.c/k'), aws), 'https://s3.eu-west-1.amazonaws.com/b.c/k')
  assert.equal(s3Url(parseS3('s3://b/k'), { ...aws, endpoint: 'http://h:9' }, { uploads: '' }), 'http://h:9/b/k?uploads=')
  assert.throws(() => parseS3('s3:///k'), /names no bucket/)
  assert.throws(() => s3Url(parseS3('s3://b/../k'), aws), /cannot be named/)
  assert.equal(resolvePath('s3://b/a?b*c'), 's3://b/a?b*c')
  assert.equal(resolvePath(new URL('s3://b/a%20b')), 's3://b/a b')
})

const saved = { ...process.env }
const folder = mkdtempSync(join(tmpdir(), 'heddle-aws-'))
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  process.env['AWS_CONFIG_FILE'] = join(folder, 'config')
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(folder, 'credentials')
  writeFileSync(
    join(folder, 'config'),
    '# mine\n[default]\nregion = eu-north-1\n[profile lab]\nregion=us-west-2\nendpoint_url = http://lab:9/\ns3 =\n  x = y\n[profile sso]\nsso_session = corp\n',
  )
  writeFileSync(
    join(folder, 'credentials'),
    '[default]\naws_access_key_id = A\naws_secret_access_key = a=\n[lab]\naws_access_key_id=L\naws_secret_access_key=l\naws_session_token=t\n',
  )
})
afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, saved)
})
after(() => rmSync(folder, { recursive: true }))

describe('the account', () => {
  test('comes from the environment, else from the profile', async () => {
    assert.deepEqual(await s3Account(), { region: 'eu-north-1', credentials: { accessKeyId: 'A', secretAccessKey: 'a=' } })
    process.env['AWS_PROFILE'] = 'lab'
    const lab = { accessKeyId: 'L', secretAccessKey: 'l', sessionToken: 't' }
    assert.deepEqual(await s3Account(), { region: 'us-west-2', endpoint: 'http://lab:9', credentials: lab })
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'E',
      AWS_SECRET_ACCESS_KEY: 'e',
      AWS_REGION: 'r',
      AWS_ENDPOINT_URL: 'http://e',
    })
    const fromEnvironment = { region: 'r', endpoint: 'http://e', credentials: { accessKeyId: 'E', secretAccessKey: 'e' } }
    assert.deepEqual(await s3Account(), fromEnvironment)
    const chosen = await config.with({ filesystem: { s3: { profile: 'lab', region: 'x', endpoint: 'https://s' } } }, s3Account)
    assert.deepEqual(chosen, { region: 'x', endpoint: 'https://s', credentials: lab })
    assert.equal((await config.with({ filesystem: { s3: { anonymous: true } } }, s3Account)).credentials, undefined)
  })

  test('that is not to be had is a CredentialsError that says what to do', async () => {
    process.env['AWS_PROFILE'] = 'none'
    await assert.rejects(s3Account(), (e: unknown) => e instanceof CredentialsError && /no AWS profile none/.test(e.message))
    process.env['AWS_PROFILE'] = 'sso'
    await assert.rejects(s3Account(), /by sso_session.*export-credentials/)
    delete process.env['AWS_PROFILE']
    writeFileSync(join(folder, 'credentials'), '')
    await assert.rejects(s3Account(), /AWS_ACCESS_KEY_ID/)
    process.env['AWS_ENDPOINT_URL'] = 'host:9'
    await assert.rejects(s3Account(), /is no URL/)
  })
})

describe('what s3rver does not do', () => {
  const asked: string[] = []
  let answers: ((url: string, authorization: string) => { status?: number; headers?: Record<string, string>; body: string })[] =
    []
  let server: Server
  beforeEach(async () => {
    asked.length = 0
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const authorization = request.headers.authorization ?? ''
        asked.push(`${request.method} ${request.url}`)
        const { status = 200, headers = {}, body } = answers.shift()!(request.url!, authorization)
        response.writeHead(status, headers).end(body)
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const page = (keys: readonly string[], token?: string) => ({
    body: `<ListBucketResult><IsTruncated>${token !== undefined}</IsTruncated>${keys.map((key) => `<Contents><Key>${key}</Key><Size>3</Size><LastModified>2024-01-02T03:04:05.678Z</LastModified><ETag>&quot;e&quot;</ETag></Contents>`).join('')}${token === undefined ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`}</ListBucketResult>`,
  })

  test('a long list comes in pages', async () => {
    answers = [() => page(['logs/1', 'logs/a&amp;b'], 'a+/='), () => page(['logs/&#x31;0', 'logs/2'])]
    const files = await s3Store(timing).list('s3://b/logs/*')
    assert.deepEqual(
      files.map((f) => f.path),
      ['s3://b/logs/1', 's3://b/logs/2', 's3://b/logs/10', 's3://b/logs/a&b'],
    )
    assert.deepEqual(files[0], { path: 's3://b/logs/1', size: 3, modified: Date.UTC(2024, 0, 2, 3, 4, 5), version: '"e"' })
    assert.deepEqual(asked, [
      'GET /b?list-type=2&prefix=logs%2F',
      'GET /b?list-type=2&prefix=logs%2F&continuation-token=a%2B%2F%3D',
    ])
  })

  test('a bucket of another region is asked for there', async () => {
    const elsewhere = { status: 301, headers: { 'x-amz-bucket-region': 'ap-south-1' }, body: '' }
    const found = (_url: string, authorization: string) => {
      assert.match(authorization, /\/ap-south-1\/s3\//)
      return { status: 206, headers: { 'content-range': 'bytes 0-0/7', etag: '"x"' }, body: 'x' }
    }
    answers = [() => elsewhere, found, found]
    const store = s3Store(timing)
    assert.equal((await store.stat('s3://b/k')).size, 7)
    assert.equal((await store.stat('s3://b/k')).size, 7)
  })

  test('an upload that fails after all is given up, and says why', async () => {
    const started = () => ({ body: '<R><UploadId>u/1</UploadId></R>' })
    const part = () => ({ headers: { etag: '"p"' }, body: '' })
    const failed = () => ({ body: '<Error><Code>InternalError</Code><Message>Try again</Message></Error>' })
    answers = [started, part, failed, () => ({ status: 204, body: '' })]
    await assert.rejects(s3Store(timing).write('s3://b/k', [Buffer.alloc(9 << 20)]), /was not written: InternalError: Try again/)
    assert.deepEqual(asked, [
      'POST /b/k?uploads=',
      'PUT /b/k?partNumber=1&uploadId=u%2F1',
      'POST /b/k?uploadId=u%2F1',
      'DELETE /b/k?uploadId=u%2F1',
    ])
  })

  test('without credentials nothing is signed', async () => {
    const open = (_url: string, authorization: string) => ({ status: authorization === '' ? 200 : 400, body: 'abc' })
    answers = [open]
    const bytes = await config.with({ filesystem: { s3: { anonymous: true } } }, () => s3Store(timing).read('s3://b/k', 1, 3))
    assert.equal(Buffer.from(bytes).toString(), 'bc')
  })
})
