import { ArgumentError, describe } from '../../base/index.js'
import { castOf } from '../casting.js'
import { ChunkedArray } from '../chunked-array.js'
import { ShapeError } from '../errors.js'
import { expressionOf } from '../inputs.js'
import type { ArrayInput } from '../types.js'
import { promoteTypes } from '../../kernels/index.js'
import { type Named, contraction } from './contraction.js'

/**
 * Sums of products in Einstein's notation: axes of the operands have letters; equal ones run together, and those that the
 * result lacks are summed along. Without `->` the result has, in the order of the alphabet, those that occur once. `...`
 * stands for axes in front, which are stretched to each other. More than two operands are multiplied from left to right.
 *
 * @throws ShapeError when operands do not have the axes that the text says
 * @example
 * da.einsum('ij,jk->ik', a, b) // the product of two matrices
 * da.einsum('ii', a)           // the trace
 */
export function einsum(subscripts: string, ...operands: readonly ArrayInput[]): ChunkedArray {
  const es = operands.map((o) => expressionOf('einsum', o))
  const { inputs, output } = parsed(
    subscripts,
    es.map((e) => e.shape.length),
  )
  const dtype = es.map((e) => e.dtype).reduce((a, b) => promoteTypes(a, b))
  const named = es.map((e, i): Named => ({ e: castOf(e, dtype), names: inputs[i]! }))
  let left = named[0]!
  for (let i = 1; i < named.length - 1; i++) {
    const later = new Set([...output, ...named.slice(i + 1).flatMap((n) => n.names)])
    const names = [...new Set([...left.names, ...named[i]!.names])].filter((name) => later.has(name))
    left = { e: contraction('einsum', [left, named[i]!], names), names }
  }
  const last = named.length > 1 ? [left, named.at(-1)!] : [left]
  return new ChunkedArray(contraction('einsum', last, output))
}

/** Names of axes: letters by their codes, those of `...` counted from its end, below 0. */
function parsed(subscripts: string, dimensions: readonly number[]): { inputs: number[][]; output: number[] } {
  const text = subscripts.replaceAll(' ', '')
  const [before, after, ...rest] = text.split('->')
  const terms = before!.split(',')
  if (rest.length > 0 || !/^[A-Za-z,.]*$/.test(before! + (after ?? '')))
    throw new ArgumentError(`einsum: ${describe(subscripts)} cannot be read: expected letters, commas, '...' and one '->'`)
  if (terms.length !== dimensions.length)
    throw new ArgumentError(
      `einsum: ${describe(subscripts)} is about ${terms.length} operands, and ${dimensions.length} were given`,
    )
  let widest = 0
  const inputs = terms.map((term, i) => {
    const { front, back, dots } = split(term, subscripts)
    const missing = dimensions[i]! - front.length - back.length
    if (dots ? missing < 0 : missing !== 0)
      throw new ShapeError(
        `einsum: ${describe(term)} says ${front.length + back.length} axes, and operand ${i} has ${dimensions[i]}`,
      )
    if (dots) widest = Math.max(widest, missing)
    return [...front, ...ellipsis(dots ? missing : 0), ...back]
  })
  if (after === undefined) {
    const all = inputs.flat().filter((name) => name > 0)
    const once = all.filter((name) => all.indexOf(name) === all.lastIndexOf(name)).sort((a, b) => a - b)
    return { inputs, output: [...ellipsis(widest), ...once] }
  }
  const { front, back, dots } = split(after, subscripts)
  const output = [...front, ...ellipsis(dots ? widest : 0), ...back]
  const unknown = output.find((name) => !inputs.some((names) => names.includes(name)))
  if (unknown !== undefined || new Set(output).size < output.length)
    throw new ArgumentError(`einsum: the result of ${describe(subscripts)} has axes that no operand has, or one twice`)
  if (!dots && widest > 0) throw new ArgumentError(`einsum: the result of ${describe(subscripts)} lacks the axes of '...'`)
  return { inputs, output }
}

const ellipsis = (n: number): number[] => Array.from({ length: n }, (_, i) => i - n)

function split(term: string, subscripts: string): { front: number[]; back: number[]; dots: boolean } {
  const [front, back, ...more] = term.split('...')
  if (more.length > 0 || /\./.test(front! + (back ?? '')))
    throw new ArgumentError(`einsum: ${describe(subscripts)} cannot be read: dots come in threes, once an operand`)
  const codes = (s: string): number[] => Array.from(s, (c) => c.charCodeAt(0))
  return { front: codes(front!), back: codes(back ?? ''), dots: back !== undefined }
}
