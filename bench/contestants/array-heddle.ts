import * as da from '../../src/array/index.js'
import { Client, LocalCluster, compute } from '../../src/index.js'
import { type Reply, serve } from '../contestant.js'
import type { Size } from '../array-questions.js'

// Which OpenBLAS multiplies matrices, the first argument says.
if (process.argv[2]) process.env.HEDDLE_ARRAY__OPENBLAS = process.argv[2]

/** Answers, again and again; what it gives is the same for all contestants. */
type Ask = () => Promise<unknown>
type Floats = da.ChunkedArray<'float64'>

/** What a persisted array waits for costs nothing beside it: one number of each chunk. */
async function wait(x: da.ChunkedArray, step: number): Promise<number> {
  const seen = await x.slice(`::${step}`).astype('float64').sum().compute()
  return Number(seen.item())
}

const rounded = (x: number): number => Number(x.toPrecision(6))

async function pair({ n, chunk }: Size): Promise<{ a: Floats; b: Floats }> {
  const i = da.arange(n, { chunks: chunk, dtype: 'float64' })
  const a = i.remainder(1000).divide(250).astype('float64').persist()
  const b = i.remainder(777).divide(77).add(0.1).astype('float64').persist()
  await Promise.all([wait(a, chunk), wait(b, chunk)])
  return { a, b }
}

/** Rows as long as a chunk. */
async function normalRows({ n, chunk }: Size): Promise<Floats> {
  const x = da.random
    .defaultRng(42)
    .normal({ size: [n / chunk, chunk], chunks: [1, chunk] })
    .persist()
  await wait(x, 1)
  return x
}

const elementwise =
  (of: (a: Floats, b: Floats) => da.ChunkedArray) =>
  async (size: Size): Promise<Ask> => {
    const { a, b } = await pair(size)
    return async () => rounded(await wait(of(a, b).persist(), size.chunk))
  }

const reduced =
  (of: (a: Floats, b: Floats) => da.ChunkedArray) =>
  async (size: Size): Promise<Ask> => {
    const { a, b } = await pair(size)
    return async () => rounded(Number((await of(a, b).compute()).item()))
  }

const ofRows =
  (of: (x: Floats) => da.ChunkedArray) =>
  async (size: Size): Promise<Ask> => {
    const x = await normalRows(size)
    return async () => {
      const first = await of(x).persist().slice('::1', '0:1').compute()
      return first.shape
    }
  }

const asks: Readonly<Record<string, (size: Size) => Promise<Ask>>> = {
  add: elementwise((a, b) => a.add(b)),
  sum: reduced((a) => a.sum()),
  chain: reduced((a, b) => a.add(b).multiply(2).subtract(a.divide(b)).sum()),
  async moments(size) {
    const { a } = await pair(size)
    return async () => {
      const { mean, std } = await compute({ mean: a.mean(), std: a.std() })
      return [rounded(mean.item()), rounded(std.item())]
    }
  },
  where: elementwise((a, b) => da.where(a.greater(b).and(a.less(3)), a.subtract(b), a.multiply(2))),
  count: reduced((a, b) => a.greater(b).and(a.less(3)).or(b.greater(4)).sum()),
  expsin: elementwise((a, b) => a.exp().multiply(b.sin())),
  async normal({ n, chunk }) {
    const rng = da.random.defaultRng(42)
    return async () => Math.abs(await wait(rng.normal({ size: n, chunks: chunk }).persist(), chunk)) < n
  },
  sort: ofRows((x) => da.sort(x)),
  argsort: ofRows((x) => da.argsort(x)),
  median: ofRows((x) => da.median(x, { axis: -1, keepdims: true })),
  async example({ n, chunk }) {
    return async () => {
      const x = da.random.defaultRng(42).normal({ size: [n, n], chunks: [chunk, chunk] })
      const y = x.add(x.transpose())
      const z = await y
        .slice('::2', `${n / 4}:`)
        .mean({ axis: 1 })
        .compute()
      return z.shape
    }
  },
  async matmul({ n, chunk }) {
    const numbers = da
      .arange(n * n, { chunks: n * chunk, dtype: 'float64' })
      .remainder(1000)
      .divide(1000)
    const x = numbers.reshape([n, n]).rechunk([chunk, chunk]).persist()
    await wait(x, chunk)
    return async () => rounded(await wait(da.matmul(x, x).persist(), chunk))
  },
  async rechunk({ n, chunk }) {
    const columns = 2 * n
    const numbers = da.arange(n * columns, { chunks: chunk * columns, dtype: 'float64' })
    const x = numbers.reshape([n, columns]).persist()
    await wait(x, chunk)
    return async () => rounded(await wait(x.rechunk([n, chunk * 2]).persist(), chunk))
  },
  async large({ n, chunk }) {
    return async () => {
      const mean = await da.random.defaultRng(42).normal({ size: n, chunks: chunk }).mean().compute()
      return Math.abs(mean.item()) < 0.01
    }
  },
  /** The same where each of two processes may take 1.5 GB. */
  async cluster({ n, chunk }) {
    return async () => {
      const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1, memoryLimit: 1.5e9 })
      const client = await Client.open(cluster)
      const x = da.random.defaultRng(42).normal({ size: n, chunks: chunk })
      const mean = await x.mean().compute({ executor: client })
      const peaks = await client.run(() => process.resourceUsage().maxRSS * 1024)
      clusterPeak = Math.max(...peaks.values())
      await client.close()
      await cluster.close()
      return Math.abs(mean.item()) < 0.01
    }
  },
  /** Everything but running it: what an executor is given. */
  async graph({ n, chunk }) {
    return async () => {
      const x = da.ones(n, { chunks: chunk, dtype: 'float64' })
      let tasks = 0
      const built = new Error('the graph is built')
      const executor = {
        name: 'threads',
        isolated: true,
        run(graph: { readonly size: number }): never {
          tasks = graph.size
          throw built
        },
      }
      await x
        .add(1)
        .sum()
        .compute({ executor: executor as never })
        .catch((error: unknown) => {
          if (error !== built) throw error
        })
      return tasks >= n
    }
  },
}

/** of the last cluster's processes, the most that one took */
let clusterPeak: number | undefined
let current: { readonly key: string; readonly ask: Ask } | undefined

/** What nobody has any more is freed: handles are collected, and then their values. */
async function clean(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

await serve(`Heddle on Node ${process.versions.node}`, [], async ({ question, n, chunk }): Promise<Reply> => {
  const key = `${question as string} ${n as number}`
  if (current?.key !== key) {
    current = undefined
    await clean()
    current = { key, ask: await asks[question as string]!({ n: n as number, chunk: chunk as number }) }
  }
  await clean()
  const cpu = process.cpuUsage()
  const started = performance.now()
  const check = await current.ask()
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { figures: { seconds, cpu: (user + system) / 1e6, peak: clusterPeak ?? process.resourceUsage().maxRSS * 1024 }, check }
})
