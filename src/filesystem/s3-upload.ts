import { createHash } from 'node:crypto'
import { config } from '../config/index.js'
import { RemoteError } from './errors.js'
import { type Answer, type Ask, type Asking, request } from './request.js'
import { elementOf, s3Complaint } from './s3-answers.js'

/** How an object is written: the URL of the object with a query, and who asks. */
export interface Target extends Asking {
  url(query: Record<string, string>): Promise<string>
}

/** Parts on their way at the same time. */
const AT_ONCE = 3
/** S3 takes 10,000 parts; growing ones reach its largest object. */
const GROWS_AFTER = 1000

/**
 * Writes an object: at once when it is small, otherwise in parts that S3 puts together at the end. Nobody sees a part of it; when
 * anything fails, the parts are given up.
 */
export async function upload(target: Target, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  let started: MultipartUpload | undefined
  try {
    let last: Uint8Array = new Uint8Array(0)
    for await (const { bytes, more } of partsOf(chunks)) {
      if (more) await (started ??= await MultipartUpload.start(target)).add(bytes)
      else last = bytes
    }
    if (started === undefined) await put(target, {}, last)
    else {
      if (last.length > 0) await started.add(last)
      await started.complete()
    }
  } catch (error) {
    await started?.abort()
    throw error
  }
}

/** Bytes in parts of the size that the setting says; the last, perhaps empty one has no more after it. */
async function* partsOf(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Uint8Array; more: boolean }> {
  let pending: Uint8Array[] = []
  let length = 0
  let parts = 0
  for await (const chunk of chunks) {
    // The owner of a chunk may use its memory again.
    pending.push(Uint8Array.from(chunk))
    length += chunk.length
    if (length < config.get('filesystem.s3.partSize') * 2 ** Math.floor(parts / GROWS_AFTER)) continue
    yield { bytes: Buffer.concat(pending), more: true }
    pending = []
    length = 0
    parts++
  }
  yield { bytes: Buffer.concat(pending), more: false }
}

async function put(target: Target, query: Record<string, string>, body: Uint8Array): Promise<Answer> {
  const answer = await ask(target, 'PUT', query, body)
  await answer.drop()
  return answer
}

async function ask(target: Target, method: Ask['method'], query: Record<string, string>, body?: Uint8Array): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' }
  if (body !== undefined) headers['content-md5'] = createHash('md5').update(body).digest('base64')
  return request({ method, url: await target.url(query), headers, ...(body && { body }) }, target)
}

async function textOf(answer: Answer): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

class MultipartUpload {
  readonly #target: Target
  readonly #id: string
  readonly #tags: Promise<string>[] = []
  readonly #moving = new Set<Promise<string>>()

  private constructor(target: Target, id: string) {
    this.#target = target
    this.#id = id
  }

  static async start(target: Target): Promise<MultipartUpload> {
    const id = elementOf(await textOf(await ask(target, 'POST', { uploads: '' })), 'UploadId')
    if (id === undefined)
      throw new RemoteError(`${target.path} was not written: the server began no upload`, target.path, undefined)
    return new MultipartUpload(target, id)
  }

  async add(bytes: Uint8Array): Promise<void> {
    while (this.#moving.size >= AT_ONCE) await Promise.race(this.#moving)
    const part = this.#send(bytes, this.#tags.length + 1)
    this.#tags.push(part)
    this.#moving.add(part)
    const arrived = (): void => void this.#moving.delete(part)
    // Its failure is seen by whoever waits for a place, or for all tags at the end.
    part.then(arrived, arrived)
  }

  async #send(bytes: Uint8Array, number: number): Promise<string> {
    const answer = await put(this.#target, { partNumber: String(number), uploadId: this.#id }, bytes)
    return answer.headers.get('etag') ?? ''
  }

  async complete(): Promise<void> {
    const tags = await Promise.all(this.#tags)
    const parts = tags.map(
      (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`,
    )
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
    const text = await textOf(await ask(this.#target, 'POST', { uploadId: this.#id }, body))
    // S3 may answer 200 long before it knows, and then say that it failed.
    if (/<Error>/.test(text)) {
      const { path } = this.#target
      throw new RemoteError(`${path} was not written: ${s3Complaint(text) ?? text}`, path, 200)
    }
  }

  /** Gives the parts up. What fails here leaves parts that S3 removes by the bucket's rules, and must not hide the first error. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#tags)
    const url = await this.#target.url({ uploadId: this.#id })
    await request({ method: 'DELETE', url, headers: {} }, this.#target, [404]).then(
      (answer) => answer.drop(),
      () => undefined,
    )
  }
}
