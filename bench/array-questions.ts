/** How large what is asked for is: of most questions the elements of an array and of a chunk, of others lengths of axes. */
export interface Size {
  readonly n: number
  readonly chunk: number
}

/** One thing that arrays are asked for. All contestants know it by its name. */
export interface Question {
  readonly name: string
  readonly what: string
  readonly unit: 'ns/element' | 's'
  readonly size: Size
  /** a small one, to see that it works */
  readonly quick: Size
  /** how many times better we are to be than a peer, by the peer's id */
  readonly targets: Readonly<Record<string, number>>
  /** elements, of which `ns/element` speaks; `n` unless told */
  readonly elements?: (size: Size) => number
  /** what memory allows is measured beside it: arrays read, or one copied */
  readonly memory?: 'reading' | 'copying'
  /** arrays that it reads; two unless told */
  readonly reads?: 1
  /** contestants are processes of their own, which do nothing else: their memory is measured */
  readonly alone?: boolean
  /** only Heddle is asked, on a cluster of two processes with memory limits: their memory is measured */
  readonly cluster?: boolean
}

const vector: Size = { n: 2 ** 26, chunk: 2 ** 22 }
/** 16 GB of float64. */
const sixteen = { size: { n: 2_000_000_000, chunk: 4_000_000 }, quick: { n: 2 ** 22, chunk: 2 ** 18 } }
const short: Size = { n: 2 ** 23, chunk: 2 ** 20 }
const rows: Size = { n: 2 ** 24, chunk: 2 ** 20 }
const shortRows: Size = { n: 2 ** 22, chunk: 2 ** 19 }
const square = ({ n }: Size): number => n * n
const each = { unit: 'ns/element', size: vector, quick: short } as const

export const questions: readonly Question[] = [
  { ...each, name: 'add', what: 'a + b', memory: 'copying', targets: { dask: 1 } },
  { ...each, name: 'sum', what: 'a.sum()', memory: 'reading', reads: 1, targets: { dask: 1 } },
  { ...each, name: 'chain', what: '((a + b) * 2 - a / b).sum()', memory: 'reading', targets: { dask: 5 } },
  { ...each, name: 'moments', what: 'mean and std of a', memory: 'reading', reads: 1, targets: { dask: 4 } },
  { ...each, name: 'where', what: 'where((a > b) & (a < 3), a - b, a * 2)', memory: 'copying', targets: { dask: 3 } },
  { ...each, name: 'count', what: '((a > b) & (a < 3) | (b > 4)).sum()', memory: 'reading', targets: { dask: 3 } },
  { ...each, name: 'expsin', what: 'exp(a) * sin(b)', targets: { dask: 0.7 } },
  { ...each, name: 'normal', what: 'normal random numbers', targets: { dask: 1.5 } },
  { ...each, name: 'sort', what: 'sort of rows of 1M normal numbers', size: rows, quick: shortRows, targets: { dask: 0.7 } },
  { ...each, name: 'argsort', what: 'argsort of the same rows', size: rows, quick: shortRows, targets: { dask: 0.7 } },
  { ...each, name: 'median', what: 'median of the same rows', size: rows, quick: shortRows, targets: { dask: 1 } },
  {
    name: 'example',
    what: 'normal x, y = x + x.T, y[::2, n/4:].mean(axis=1); of 10,000²',
    unit: 's',
    size: { n: 10_000, chunk: 2000 },
    quick: { n: 3000, chunk: 1000 },
    targets: { dask: 2 },
  },
  {
    name: 'matmul',
    what: 'matmul of 4096², chunks of 1024²',
    unit: 's',
    size: { n: 4096, chunk: 1024 },
    quick: { n: 1024, chunk: 512 },
    targets: { dask: 0.9 },
  },
  {
    name: 'rechunk',
    what: 'rechunk of rows to columns, 4.3 GB',
    unit: 's',
    // n rows of 2n numbers
    size: { n: 16_384, chunk: 256 },
    quick: { n: 1024, chunk: 128 },
    targets: { dask: 1.5 },
    alone: true,
  },
  {
    name: 'large',
    what: 'mean of 16 GB of normal random numbers',
    unit: 's',
    ...sixteen,
    targets: {},
    alone: true,
  },
  {
    name: 'cluster',
    what: 'the same on a cluster of two processes with 1.5 GB each',
    unit: 's',
    ...sixteen,
    targets: {},
    alone: true,
    cluster: true,
  },
  {
    name: 'graph',
    what: 'the graph of x.add(1).sum(), x of 1M chunks',
    unit: 's',
    size: { n: 1_000_000, chunk: 1 },
    quick: { n: 20_000, chunk: 1 },
    targets: {},
    alone: true,
  },
]

export const elementsOf = (question: Question, size: Size): number =>
  (question.elements ?? (question.unit === 's' ? square : (s: Size) => s.n))(size)
