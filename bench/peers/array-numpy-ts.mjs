// The same arrays on numpy-ts, in one thread, on the version of Node that it asks for.
import { readFileSync } from 'node:fs'
import * as np from 'numpy-ts'
import { serve } from '../../dist/bench/contestant.js'

// As much as its memory can be: beyond 2 GiB it takes addresses for negative. What it has no room for it computes in
// JavaScript, more slowly.
np.configureWasm({ maxMemory: 2 ** 31 - 2 ** 16 })

const rounded = (x) => Number(Number(x).toPrecision(6))

/** Frees what is between: its memory has room for a few arrays only. */
function freeing(compute) {
  const between = []
  const result = compute((array) => {
    between.push(array)
    return array
  })
  for (const array of between) array.dispose()
  return result
}

function pair(n) {
  return freeing((temporary) => {
    const i = temporary(np.arange(n))
    const a = np.divide(temporary(np.mod(i, 1000)), 250)
    return [a, np.add(temporary(np.divide(temporary(np.mod(i, 777)), 77)), 0.1)]
  })
}

/** One number of each chunk is looked at, as everybody does. */
function seen(x, step) {
  const { data } = x
  let sum = 0
  for (let i = 0; i < data.length; i += step) sum += data[i]
  return rounded(sum)
}

const elementwise = (compute) => (n, chunk) => {
  const [a, b] = pair(n)
  return () => freeing((temporary) => seen(temporary(compute(a, b, temporary)), chunk))
}

const reduced = (compute) => (n) => {
  const [a, b] = pair(n)
  return () => freeing((temporary) => rounded(compute(a, b, temporary)))
}

const rows = (compute) => (n, chunk) => {
  const x = np.random.default_rng(42).normal(0, 1, [n / chunk, chunk])
  return () => freeing((temporary) => [temporary(compute(x)).shape[0], 1])
}

const questions = {
  add: elementwise((a, b) => np.add(a, b)),
  sum: reduced((a) => np.sum(a)),
  chain: reduced((a, b, t) => np.sum(t(np.subtract(t(np.multiply(t(np.add(a, b)), 2)), t(np.divide(a, b)))))),
  moments(n) {
    const [a] = pair(n)
    return () => [rounded(np.mean(a)), rounded(np.std(a))]
  },
  where: elementwise((a, b, t) =>
    np.where(t(np.logical_and(t(np.greater(a, b)), t(np.less(a, 3)))), t(np.subtract(a, b)), t(np.multiply(a, 2))),
  ),
  count: reduced((a, b, t) => {
    const both = t(np.logical_and(t(np.greater(a, b)), t(np.less(a, 3))))
    return np.sum(t(np.logical_or(both, t(np.greater(b, 4)))))
  }),
  expsin: elementwise((a, b, t) => np.multiply(t(np.exp(a)), t(np.sin(b)))),
  normal(n, chunk) {
    const rng = np.random.default_rng(42)
    return () => freeing((temporary) => Math.abs(seen(temporary(rng.normal(0, 1, n)), chunk)) < n)
  },
  sort: rows((x) => np.sort(x)),
  argsort: rows((x) => np.argsort(x)),
  median: rows((x) => np.median(x, -1, true)),
  example(n) {
    return () =>
      freeing((temporary) => {
        const x = temporary(np.random.default_rng(42).normal(0, 1, [n, n]))
        const y = temporary(np.add(x, temporary(np.transpose(x))))
        return temporary(np.mean(temporary(y.slice('::2', `${n / 4}:`)), 1)).shape
      })
  },
  matmul(n, chunk) {
    const x = freeing((temporary) =>
      np.reshape(temporary(np.divide(temporary(np.mod(temporary(np.arange(n * n)), 1000)), 1000)), [n, n]),
    )
    // The first row of each chunk of rows.
    return () => freeing((temporary) => rounded(np.sum(temporary(temporary(np.matmul(x, x)).slice(`::${chunk}`)))))
  },
}

let current = ['', 0]
let ask

function answer({ question, n, chunk }) {
  if (current[0] !== question || current[1] !== n) {
    ask = undefined
    // Arrays are freed when they are collected.
    globalThis.gc()
    if (!Object.hasOwn(questions, question)) throw new Error(`numpy-ts is not asked for ${question}`)
    ask = questions[question](n, chunk)
    current = [question, n]
  }
  globalThis.gc()
  const cpu = process.cpuUsage()
  const started = performance.now()
  const check = ask()
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { figures: { seconds, cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS * 1024 }, check }
}

const { version } = JSON.parse(readFileSync(new URL('node_modules/numpy-ts/package.json', import.meta.url), 'utf8'))
await serve(`numpy-ts ${version}, one thread, Node ${process.versions.node.split('.')[0]}`, [], answer)
