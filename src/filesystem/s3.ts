import { createRequire } from 'node:module'
import { FileError } from './errors.js'
import { isGlob, sortNaturally } from './glob.js'
import { bytesOf, bytesTogether, lookAt, type RemoteFile } from './remote-file.js'
import { type Answer, type Ask, type Asking, request } from './request.js'
import { parseS3, type S3Name, s3Url } from './s3-address.js'
import { elementOf, elementsOf, s3Complaint } from './s3-answers.js'
import { s3Account } from './s3-credentials.js'
import { signed } from './s3-sign.js'
import { upload } from './s3-upload.js'
import type { FileInfo, Store } from './store.js'
import { systemTiming, type Timing } from './timing.js'

/**
 * Objects of Amazon S3 and of services that speak its protocol, as `s3://bucket/key`. Credentials, region and endpoint come from
 * the settings `filesystem.s3`, the AWS environment variables and the profile in ~/.aws.
 */
export function s3Store(timing: Timing = systemTiming): Store {
  const regions = new Map<string, string>()

  const accountOf = async (bucket: string) => {
    const account = await s3Account()
    return { ...account, region: regions.get(bucket) ?? account.region }
  }

  const askingOf = (path: string, { bucket, key }: S3Name): Asking => ({
    path,
    timing,
    // What goes in here says only bucket, key and query: where it is sent and how it is signed are found for every try.
    async prepare(ask) {
      const account = await accountOf(bucket)
      const url = s3Url({ bucket, key }, account, Object.fromEntries(new URL(ask.url).searchParams))
      const sent: Ask = { ...ask, url }
      return account.credentials ? signed(sent, account.credentials, account.region) : sent
    },
    learn({ status, headers }: Answer) {
      const region = headers.get('x-amz-bucket-region')
      if (region === null || region === regions.get(bucket) || ![301, 307, 400].includes(status)) return false
      regions.set(bucket, region)
      return true
    },
    explain: (_answer, text) => s3Complaint(text),
  })

  const fileOf = (path: string): RemoteFile => {
    const name = parseS3(path)
    if (name.key === '' || name.key.endsWith('/')) {
      throw new FileError(`${path} is a folder, not a file. To name the files in it, write ${path.replace(/\/?$/, '/*')}`, path)
    }
    return { ...askingOf(path, name), name: path, url: unsent({}), headers: {} }
  }

  return {
    stat: async (path) => lookAt(fileOf(path)),
    read: async (path, start, end, version) => bytesTogether(fileOf(path), start, Math.max(start, end), version),
    async *stream(path, start = 0, version) {
      yield* bytesOf(fileOf(path), start, undefined, version)
    },
    async write(path, chunks) {
      await upload({ ...fileOf(path), url: async (query) => unsent(query) }, chunks)
    },
    async remove(path) {
      const file = fileOf(path)
      const answer = await request({ method: 'DELETE', url: file.url, headers: {} }, file, [404])
      await answer.drop()
    },
    async list(glob) {
      const { bucket, key: pattern } = parseS3(glob)
      const asking = askingOf(glob, { bucket, key: '' })
      const segments = pattern.split('/')
      const first = segments.findIndex(isGlob)
      const start = segments[first]?.search(/[*?[{!@+]/) ?? 0
      const prefix = first < 0 ? pattern : [...segments.slice(0, first), segments[first]!.slice(0, start)].join('/')
      // The matcher that the search of local files uses.
      const picomatch = createRequire(import.meta.url)('picomatch') as (glob: string) => (text: string) => boolean
      const matches = picomatch(pattern)
      const found = new Map<string, FileInfo>()
      for await (const file of objectsBelow(bucket, prefix, asking)) {
        const { key } = parseS3(file.path)
        if (!key.endsWith('/') && matches(key)) found.set(file.path, file)
      }
      return sortNaturally([...found.keys()]).map((path) => found.get(path)!)
    },
  }
}

/** Carries a query to `prepare`, which knows the rest. */
function unsent(query: Record<string, string>): string {
  return `s3://unsent/?${new URLSearchParams(query).toString()}`
}

async function* objectsBelow(bucket: string, prefix: string, asking: Asking): AsyncGenerator<FileInfo> {
  for (let token: string | undefined; ; ) {
    const query = { 'list-type': '2', prefix, ...(token !== undefined && { 'continuation-token': token }) }
    const answer = await request({ method: 'GET', url: unsent(query), headers: {} }, asking)
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body()) chunks.push(chunk)
    const xml = Buffer.concat(chunks).toString()
    for (const object of elementsOf(xml, 'Contents')) {
      const version = elementOf(object, 'ETag')
      yield {
        path: `s3://${bucket}/${elementOf(object, 'Key')}`,
        size: Number(elementOf(object, 'Size')),
        // Whole seconds, as the answers about one object have it.
        modified: Math.floor(Date.parse(elementOf(object, 'LastModified') ?? '') / 1000) * 1000 || 0,
        ...(version !== undefined && { version }),
      }
    }
    if (elementOf(xml, 'IsTruncated') !== 'true') return
    token = elementOf(xml, 'NextContinuationToken')
    if (token === undefined) {
      throw new FileError(
        `The list of ${asking.path} came without a continuation: the server does not speak S3's list-type 2`,
        asking.path,
      )
    }
  }
}
