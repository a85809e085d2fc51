import type { Decoder } from './decoder.js'
import { TransferError } from './errors.js'
import { bufferView, tag, viewTypes } from './format.js'
import type { Class } from './instance-kind.js'
import { originalStack } from './original-stack.js'
import { define } from './record-reader.js'
import { fromTransfer } from './symbols.js'

/** Objects other than plain arrays, plain records and functions. */
export function decodeObject(decoder: Decoder, t: number): unknown {
  const source = decoder.in
  switch (t) {
    case tag.sparseArray: {
      const values: unknown[] = decoder.meet([])
      values.length = source.unsigned()
      let pairs = source.unsigned()
      while (pairs-- > 0) {
        const key = decoder.value() as string | number
        define(values, key, decoder.value())
      }
      return values
    }
    case tag.dictionary:
      return decoder.properties(decoder.meet(Object.create(null) as object))
    case tag.derived: {
      const number = decoder.count()
      // Remembered before its prototype is read, which may lead back to it.
      const shell = number >= 0 ? {} : undefined
      decoder.remember(number, shell)
      const prototype = decoder.value() as object
      return decoder.properties(
        shell === undefined ? (Object.create(prototype) as object) : Object.setPrototypeOf(shell, prototype),
      )
    }
    case tag.instance: {
      const number = decoder.count()
      const shell = number >= 0 ? {} : undefined
      decoder.remember(number, shell)
      const { prototype } = decoder.value() as Class
      return decoder.properties(
        shell === undefined ? (Object.create(prototype as object) as object) : Object.setPrototypeOf(shell, prototype as object),
      )
    }
    case tag.extendedInstance: {
      const value = decoder.value() as object
      Object.setPrototypeOf(value, (decoder.value() as Class).prototype as object)
      return decoder.properties(value)
    }
    case tag.customInstance: {
      const number = decoder.count()
      const made = decoder.value() as Class & Record<PropertyKey, (state: unknown) => object>
      const revive = typeof made[fromTransfer] === 'function' ? fromTransfer : 'fromTransfer'
      if (typeof made[revive] !== 'function')
        throw new TransferError(`The class ${made.name} has no static fromTransfer(state) here.`)
      const instance = made[revive](decoder.value())
      decoder.remember(number, instance)
      return instance
    }
    case tag.map: {
      const map = decoder.meet(new Map<unknown, unknown>())
      let size = source.unsigned()
      while (size-- > 0) {
        const key = decoder.value()
        map.set(key, decoder.value())
      }
      return map
    }
    case tag.set: {
      const set = decoder.meet(new Set<unknown>())
      let size = source.unsigned()
      while (size-- > 0) set.add(decoder.value())
      return set
    }
    case tag.date:
      return decoder.meet(new Date(source.float64()))
    case tag.regexp: {
      const pattern = source.string()
      return decoder.meet(new RegExp(pattern, source.string()))
    }
    case tag.boxed: {
      const number = decoder.count()
      const boxed: unknown = Object(decoder.value())
      decoder.remember(number, boxed)
      return boxed
    }
    case tag.arrayBuffer:
      return decoder.meet(source.buffer(true).buffer)
    case tag.view:
      return decoder.meet(decodeView(decoder))
    case tag.error:
      return decodeError(decoder)
    case tag.domException: {
      const message = source.string()
      const error = decoder.meet(new DOMException(message, source.string()))
      Object.defineProperty(error, 'stack', { value: source.string(), writable: true, configurable: true })
      return error
    }
    case tag.url:
      return decoder.meet(new URL(source.string()))
    case tag.searchParams:
      return decoder.meet(new URLSearchParams(source.string()))
    case tag.namespace: {
      const namespace = decoder.meet(Object.create(null) as object)
      let members = source.unsigned()
      while (members-- > 0) define(namespace, source.string(), decoder.value())
      return namespace
    }
    case tag.dependency: {
      const { reference } = decoder.options
      const index = source.unsigned()
      if (reference === undefined) throw new TransferError(`Cannot decode: nothing is given for dependency ${index}.`)
      return decoder.meet(reference(index))
    }
    default:
      throw new TransferError(`Cannot decode: unknown tag ${t}. Both ends must run the same version of Heddle.`)
  }
}

function decodeView(decoder: Decoder): NodeJS.ArrayBufferView {
  const index = decoder.in.byte()
  const bytes = decoder.in.buffer(decoder.options.views !== true)
  if (index === bufferView) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const View = viewTypes[index]
  if (View === undefined)
    throw new TransferError('Cannot decode: this Node has no Float16Array. Run the same version of Node on both ends.')
  return new View(bytes.buffer, bytes.byteOffset, bytes.byteLength / (View.BYTES_PER_ELEMENT ?? 1))
}

function decodeError(decoder: Decoder): Error {
  const source = decoder.in
  const error = decoder.meet(bareError(source.string()))
  const name = source.string()
  if (name !== '') hidden(error, 'name', name)
  const stack = decoder.value()
  hidden(error, 'stack', typeof stack === 'string' ? originalStack(stack) : stack)
  let count = source.unsigned()
  while (count-- > 0) {
    const key = source.string()
    const enumerable = source.byte() === 1
    Object.defineProperty(error, key, { value: decoder.value(), enumerable, writable: true, configurable: true })
  }
  if (source.byte() === 1) Object.setPrototypeOf(error, (decoder.value() as Class).prototype as object)
  return error
}

function bareError(native: string): Error {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    if (native === 'AggregateError') {
      const error = new AggregateError([])
      Reflect.deleteProperty(error, 'errors')
      return error
    }
    return new (globalThis as unknown as Record<string, new () => Error>)[native]!()
  } finally {
    Error.stackTraceLimit = limit
  }
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, writable: true, configurable: true })
}
