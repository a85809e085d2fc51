import type { DType } from '../kernels/index.js'

interface Printable {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: { readonly length: number; readonly [i: number]: number | bigint }
}

/** From so many elements on, only those at the ends are shown. */
const THRESHOLD = 1000
const EDGE = 3
const LINE = 75
const DIGITS = 8

/** The text that NumPy prints: columns of one width, at most 8 digits behind the point, long arrays cut short. */
export function formatArray(array: Printable): string {
  const { shape, dtype } = array
  const total = shape.reduce((n, m) => n * m, 1)
  if (total === 0) return `[]`
  if (shape.length === 0) return alone(dtype, elementAt(array, 0))
  const cut = total > THRESHOLD
  const shown = shape.map((n) => (cut && n > 2 * EDGE ? [...first(EDGE), ...first(EDGE).map((i) => n - EDGE + i)] : first(n)))
  const indices: number[] = []
  collect(shape, shown, indices)
  const texts = format(
    dtype,
    indices.map((i) => elementAt(array, i)),
  )
  let next = 0
  const write = (axis: number): string => {
    const places = shown[axis]!
    const gap = places.length < shape[axis]! ? EDGE : -1
    const indent = ' '.repeat(axis + 1)
    if (axis === shape.length - 1) {
      let lines = '['
      let line = ''
      places.forEach((_, i) => {
        const parts = i === gap ? ['...', texts[next++]!] : [texts[next++]!]
        for (const part of parts) {
          const separator = line === '' ? '' : ' '
          if (line !== '' && indent.length + line.length + separator.length + part.length >= LINE) {
            lines += `${line.trimEnd()}\n${indent}`
            line = part
          } else line += separator + part
        }
      })
      return `${lines}${line}]`
    }
    const parts = places.flatMap((_, i) => (i === gap ? ['...', write(axis + 1)] : [write(axis + 1)]))
    return `[${parts.join(`${'\n'.repeat(shape.length - axis - 1)}${indent}`)}]`
  }
  return write(0)
}

const first = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

function collect(shape: readonly number[], shown: readonly (readonly number[])[], indices: number[]): void {
  const walk = (axis: number, at: number): void => {
    if (axis === shape.length) {
      indices.push(at)
      return
    }
    for (const i of shown[axis]!) walk(axis + 1, at * shape[axis]! + i)
  }
  walk(0, 0)
}

function elementAt({ dtype, data }: Printable, i: number): (number | bigint)[] {
  return dtype.startsWith('complex') ? [data[2 * i]!, data[2 * i + 1]!] : [data[i]!]
}

/** A number by itself: as many digits as it takes. */
function alone(dtype: DType, [x, im]: readonly (number | bigint)[]): string {
  const single = dtype === 'float32' || dtype === 'complex64'
  if (dtype === 'bool') return x ? 'True' : 'False'
  if (im !== undefined) {
    const imaginary = whole(shortest(im as number, single)).replace(/\.0$/, '')
    return `(${whole(shortest(x as number, single)).replace(/\.0$/, '')}${imaginary.startsWith('-') ? '' : '+'}${imaginary}j)`
  }
  return typeof x === 'number' && dtype.startsWith('float') ? whole(shortest(x, single)) : String(x)
}

function whole(x: number): string {
  if (!Number.isFinite(x)) return special(x)
  const size = Math.abs(x)
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [mantissa, exponent] = x.toExponential().split('e') as [string, string]
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
  const text = minus(x, String(x))
  return text.includes('.') ? text : `${text}.0`
}

const shortest = (x: number, single: boolean): number => (single ? singleDigits(x) : x)

function format(dtype: DType, elements: readonly (readonly (number | bigint)[])[]): string[] {
  if (dtype === 'bool') return padded(elements.map(([x]) => (x ? 'True' : 'False')))
  if (dtype.startsWith('complex')) {
    const single = dtype === 'complex64'
    const real = floats(
      elements.map(([re]) => re as number),
      single,
    )
    const imaginary = floats(
      elements.map(([, im]) => im as number),
      single,
    )
    return real.map((re, i) => {
      const im = imaginary[i]!.trimStart()
      const text = im.trimEnd()
      return `${re}${im.startsWith('-') ? '' : '+'}${text}j${' '.repeat(im.length - text.length)}`
    })
  }
  if (!dtype.startsWith('float')) return padded(elements.map(([x]) => String(x)))
  return floats(
    elements.map(([x]) => x as number),
    dtype === 'float32',
  )
}

function floats(values: readonly number[], single: boolean): string[] {
  const finite = values.filter(Number.isFinite)
  const sizes = finite.filter((x) => x !== 0).map(Math.abs)
  const most = Math.max(...sizes)
  const least = Math.min(...sizes)
  const scientific = sizes.length > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000)
  const rounded = finite.map((x) => shortest(x, single))
  if (scientific) {
    const digits = Math.max(0, ...rounded.map((x) => Math.min(DIGITS, fractionOf(mantissaOf(x)).length)))
    return padded(
      values.map((x) => {
        if (!Number.isFinite(x)) return special(x)
        const [mantissa, exponent] = shortest(x, single).toExponential(digits).split('e') as [string, string]
        const sign = exponent[0]
        const power = exponent.slice(1).padStart(2, '0')
        return `${minus(x, mantissa)}${digits === 0 ? '.' : ''}e${sign}${power}`
      }),
    )
  }
  const digits = Math.max(0, ...rounded.map((x) => Math.min(DIGITS, fractionOf(plain(x)).length)))
  const texts = values.map((x) => {
    if (!Number.isFinite(x)) return special(x)
    const text = trimZeros(minus(x, shortest(x, single).toFixed(digits)))
    return text.padEnd(text.indexOf('.') + 1 + digits)
  })
  return padded(texts)
}

/** The shortest decimal number that is this one among those of 32 bits. */
function singleDigits(x: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(x.toPrecision(digits))
    if (Math.fround(rounded) === x) return rounded
  }
  return x
}

const special = (x: number): string => (Number.isNaN(x) ? 'nan' : x < 0 ? '-inf' : 'inf')

const minus = (x: number, text: string): string => (Object.is(x, -0) ? `-${text}` : text)

const fractionOf = (text: string): string => text.split('.')[1] ?? ''

const mantissaOf = (x: number): string => x.toExponential().split('e')[0]!

const plain = (x: number): string => trimZeros(x.toFixed(DIGITS))

function trimZeros(text: string): string {
  if (!text.includes('.')) return `${text}.`
  return text.replace(/0+$/, '')
}

function padded(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map((t) => t.length))
  return texts.map((t) => t.padStart(width))
}
