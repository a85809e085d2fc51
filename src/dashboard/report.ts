import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ArgumentError, describe } from '../base/index.js'
import { heddleVersion } from '../comm/index.js'
import { withRunObserver } from '../diagnostics/index.js'
import { type Digest, RUN_WIDTH, encodeDigest } from '../model/index.js'
import { LocalSource } from './server/local-source.js'

/** Tasks of which a report tells one by one, at most: of more, evenly chosen ones. */
const MOST_RUNS = 200_000
const INTERVAL = 0.25
const QUESTIONS = ['graph', 'accounts'] as const

const web = (name: string): URL => new URL(`./web/${name}`, import.meta.url)

/** See `performanceReport`. */
export async function writeReport<R>(path: string, fn: () => R | PromiseLike<R>): Promise<R> {
  if (typeof path !== 'string' || path === '')
    throw new ArgumentError(`performanceReport: a path to write to is needed, not ${describe(path)}`)
  const source = new LocalSource(path)
  const kept = new KeptDigests()
  const stop = source.record((digest) => kept.add(digest), { past: false, interval: INTERVAL })
  try {
    return await withRunObserver(source.observe, fn)
  } finally {
    // How it was at the end.
    await source.look()
    stop()
    const answers: Record<string, unknown> = {}
    for (const question of QUESTIONS) answers[question] = (await source.ask(question, {})) ?? undefined
    source.close()
    const greeting = { id: source.id, title: path, wallOffset: source.wallOffset, heddle: heddleVersion() }
    await writeFile(path, await reportOf({ greeting, answers, ...kept.encoded() }))
  }
}

/** The page and what it shows, as one file. Nothing of the data is anything to a browser but text: it is base64. */
export async function reportOf(recording: object): Promise<string> {
  const [page, styles, script] = await Promise.all(
    ['page.html', 'page.css', 'page.js'].map((name) => readFile(web(name), 'utf8')),
  )
  // What ends a script ends it wherever it stands, and so does what begins a comment in one.
  const code = script!.replaceAll(/<(\/script|!--)/gi, '\\x3c$1')
  const data = (await promisify(gzip)(JSON.stringify(recording))).toString('base64')
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const policy = `default-src 'none'; script-src ${hash(code)}; style-src ${hash(styles!)}; img-src data:; base-uri 'none'; form-action 'none'`
  const parts: Readonly<Record<string, string>> = {
    '<link rel="stylesheet" href="page.css">': `<style>${styles}</style>`,
    '<script src="page.js"></script>': `<script type="text/plain" id="recording">${data}</script>\n    <script>${code}</script>`,
    '<meta charset="utf-8">': `<meta charset="utf-8">\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`,
  }
  let report = page!
  for (const [place, text] of Object.entries(parts)) {
    if (!report.includes(place)) throw new ArgumentError(`the page has no ${place}: the package is not whole, install it again`)
    report = report.replace(place, () => text)
  }
  return report
}

/** Digests of a run, of which there are never too many tasks. */
class KeptDigests {
  #digests: Digest[] = []
  #runs = 0

  add(digest: Digest): void {
    this.#digests.push(digest)
    this.#runs += digest.runs.length / RUN_WIDTH
    while (this.#runs > MOST_RUNS) this.#thinOut()
  }

  /** The workers are told of first: what they did comes after that. */
  encoded(): { readonly lengths: readonly number[]; readonly digests: string } {
    const bytes = this.#digests.map(encodeDigest)
    return { lengths: bytes.map(({ length }) => length), digests: Buffer.concat(bytes).toString('base64') }
  }

  #thinOut(): void {
    this.#runs = 0
    this.#digests = this.#digests.map((digest) => {
      const count = digest.runs.length / RUN_WIDTH
      const half = new Float64Array(Math.ceil(count / 2) * RUN_WIDTH)
      for (let r = 0; r < count; r += 2) half.set(digest.runs.subarray(r * RUN_WIDTH, (r + 1) * RUN_WIDTH), (r / 2) * RUN_WIDTH)
      this.#runs += half.length / RUN_WIDTH
      return { ...digest, runs: half, stride: count > 1 ? digest.stride * 2 : digest.stride }
    })
  }
}
