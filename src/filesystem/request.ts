import { asError } from '../base/index.js'
import { config } from '../config/index.js'
import { FileChangedError, FileNotFoundError, RemoteError } from './errors.js'
import { backoff, type Timing } from './timing.js'

/** What is asked of a server. */
export interface Ask {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: Uint8Array
}

/** Who asks. */
export interface Asking {
  /** The file, as messages name it. */
  readonly path: string
  readonly timing: Timing
  /** What is really sent, made anew for every try: a signature holds for a few minutes only. */
  prepare?(ask: Ask): Promise<Ask>
  /** Whether an answer that is no success has taught something, so that asking again at once makes sense. */
  learn?(answer: Answer): boolean
  /** What a store knows to say of a refusal. */
  explain?(answer: Answer, text: string): string | undefined
}

/** An answer of which the head has come. The body must be read to its end, or dropped. */
export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  /** Throws `Interrupted` when the connection breaks or nothing comes for as long as `filesystem.timeout`. */
  body(): AsyncGenerator<Uint8Array>
  drop(): Promise<void>
}

/** The connection broke, or nothing came for too long: worth another try. Never seen outside of this folder. */
export class Interrupted extends Error {
  readonly reason: string
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}

/**
 * Asks until there is an answer that `wanted` names or success; broken connections, 408, 429 and 5xx are asked again after a
 * while, as often as the setting `filesystem.retries` says. Throws what `refusal` makes of any other answer.
 */
export async function request(ask: Ask, asking: Asking, wanted: readonly number[] = []): Promise<Answer> {
  for (let failures = 0; ; ) {
    let answer: Answer
    try {
      answer = await once(ask, asking)
    } catch (error) {
      failures = await pause(asking, failures, error)
      continue
    }
    const { status } = answer
    if ((status >= 200 && status < 300) || wanted.includes(status)) return answer
    if (asking.learn?.(answer)) {
      await answer.drop()
      continue
    }
    const passing = status >= 500 ? status !== 501 && status !== 505 : status === 429 || status === 408
    const failure = await refusal(answer, asking)
    if (!passing) throw failure
    failures = await pause(asking, failures, failure, Number(answer.headers.get('retry-after')) * 1000)
  }
}

const LONGEST_ASKED = 60_000

/** Waits before the next try and counts it; when there is none left, throws. */
export async function pause({ path, timing }: Asking, failures: number, error: unknown, asked = 0): Promise<number> {
  if (!(error instanceof Interrupted) && !(error instanceof RemoteError)) throw error
  if (failures >= config.get('filesystem.retries')) {
    const tries = failures === 0 ? '' : ` (${failures + 1} tries)`
    if (error instanceof RemoteError) throw new RemoteError(error.message + tries, path, error.status, { cause: error })
    throw new RemoteError(`Could not reach ${path}: ${error.reason}${tries}`, path, undefined, { cause: error.cause })
  }
  await timing.sleep(Math.max(backoff(failures, timing), Math.min(asked || 0, LONGEST_ASKED)))
  return failures + 1
}

async function once(ask: Ask, asking: Asking): Promise<Answer> {
  const sent = asking.prepare ? await asking.prepare(ask) : ask
  const patience = config.get('filesystem.timeout')
  const controller = new AbortController()
  const patiently = async <T>(step: () => Promise<T>): Promise<T> => {
    const calm = asking.timing.after(patience, () => controller.abort(new Interrupted(`nothing came for ${patience / 1000} s`)))
    try {
      return await step()
    } catch (error) {
      throw interruption(error, asking.path)
    } finally {
      calm()
    }
  }
  const response = await patiently(() =>
    fetch(sent.url, {
      method: sent.method,
      headers: sent.headers,
      body: sent.body ?? null,
      signal: controller.signal,
      // A signature holds for one address only.
      redirect: asking.prepare ? 'manual' : 'follow',
    }),
  )
  const drop = async (): Promise<void> => {
    await response.body?.cancel().catch(() => undefined)
  }
  return {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
    drop,
    async *body() {
      if (response.body === null) return
      const reader = response.body.getReader()
      try {
        for (;;) {
          const { done, value } = await patiently(() => reader.read())
          if (done) return
          yield value
        }
      } finally {
        await reader.cancel().catch(() => undefined)
      }
    },
  }
}

const FINAL = /^(?:ENOTFOUND|CERT_|ERR_TLS|ERR_SSL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_INVALID|UND_ERR_INVALID)/

function interruption(thrown: unknown, path: string): Error {
  if (thrown instanceof Interrupted) return thrown
  const error = asError(thrown)
  const cause = error.cause === undefined ? error : asError(error.cause)
  const { code = '' } = cause as NodeJS.ErrnoException
  const reason = cause.message || code || error.message
  if (FINAL.test(code) || (error.cause === undefined && error.message !== 'terminated')) {
    return new RemoteError(`Could not reach ${path}: ${reason}`, path, undefined, { cause: error })
  }
  return new Interrupted(reason, { cause: error })
}

const MOST_TEXT = 4096

async function refusal(answer: Answer, asking: Asking): Promise<Error> {
  const { status, statusText } = answer
  const { path } = asking
  let text = ''
  try {
    for await (const chunk of answer.body()) {
      text += Buffer.from(chunk).toString()
      if (text.length > MOST_TEXT) break
    }
  } catch (error) {
    // What was said before the connection broke must do.
    if (!(error instanceof Interrupted)) throw error
  }
  if (status === 412) return new FileChangedError(path)
  const said = `the server answered ${`${status} ${statusText}`.trim()}`
  const more = asking.explain?.(answer, text)
  const why = more ? `${said} (${more})` : said
  if (status === 404 || status === 410) {
    return new FileNotFoundError(`There is no ${path}: ${why}`, path, path.slice(0, path.lastIndexOf('/')))
  }
  const advice = status === 401 || status === 403 ? '. Check that you may use it, and with which credentials' : ''
  return new RemoteError(`Could not use ${path}: ${why}${advice}`, path, status)
}
