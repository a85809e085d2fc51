import { types } from 'node:util'
import type { Encoder } from './encoder.js'
import { encodeError } from './error-encoder.js'
import { Untransferable } from './errors.js'
import { bufferView, tag, viewIndex } from './format.js'
import { kindOf } from './instance-kind.js'
import type { Base } from './instance-kind.js'
import { LaterNumbers } from './later-numbers.js'

/** Objects other than plain arrays, plain records and functions. */
export function encodeObject(encoder: Encoder, value: object, prototype: object | null): void {
  if (prototype === null) {
    if (!types.isModuleNamespaceObject(value)) encoder.record(value, tag.dictionary)
    else if (!encoder.functions.decoded(value)) encoder.functions.namespace(value as Record<string, unknown>, Object.keys(value))
    return
  }
  const out = encoder.out
  if (value instanceof LaterNumbers) {
    out.byte(tag.view)
    out.byte(viewIndex.get(value.type)!)
    out.buffer(value)
    return
  }
  const kind = kindOf(value, prototype, encoder.functions)
  switch (kind.type) {
    case 'record':
      encoder.record(value, tag.record)
      return
    case 'builtin':
      encodeBase(encoder, value, kind.base)
      return
    case 'instance':
      if (encoder.functions.decoded(value)) return
      if (kind.base === 'error') encodeError(encoder, value as Error, kind.class)
      else if (kind.base === undefined) {
        out.byte(tag.instance)
        encoder.value(kind.class)
        encoder.properties(value)
      } else {
        out.byte(tag.extendedInstance)
        encodeBase(encoder, value, kind.base)
        encoder.value(kind.class)
        const elements = kind.base === 'array' || kind.base === 'view'
        encoder.properties(value, elements ? Object.keys(value).filter((key) => !/^\d/.test(key)) : Object.keys(value))
      }
      return
    case 'custom':
      out.byte(tag.customInstance)
      encoder.value(kind.class)
      encoder.closed(value, `the state that ${String(kind.class.name)}.toTransfer() gives holds the instance itself`, () =>
        encoder.value((value as Record<PropertyKey, () => unknown>)[kind.state]!()),
      )
      return
    case 'derived':
      if (encoder.functions.knownObject(value)) return
      out.byte(tag.derived)
      encoder.value(prototype)
      encoder.properties(value)
      return
    case 'refused':
      // process, console and what a package exports are not sent but found again.
      if (encoder.functions.knownObject(value)) return
      throw new Untransferable(kind.reason, kind.advice, value)
  }
}

function encodeBase(encoder: Encoder, value: object, base: Base): void {
  const out = encoder.out
  switch (base) {
    case 'array':
      encoder.array(value as unknown[], true)
      return
    case 'map': {
      const map = value as Map<unknown, unknown>
      out.byte(tag.map)
      out.unsigned(map.size)
      Map.prototype.forEach.call(map, (item: unknown, key: unknown) => {
        encoder.value(key)
        encoder.value(item)
      })
      return
    }
    case 'set': {
      const set = value as Set<unknown>
      out.byte(tag.set)
      out.unsigned(set.size)
      Set.prototype.forEach.call(set, (item: unknown) => encoder.value(item))
      return
    }
    case 'date':
      out.byte(tag.date)
      out.float64(Date.prototype.getTime.call(value))
      return
    case 'regexp':
      out.byte(tag.regexp)
      out.string((value as RegExp).source)
      out.string((value as RegExp).flags)
      return
    case 'boxed':
      out.byte(tag.boxed)
      encoder.value((value as { valueOf(): unknown }).valueOf())
      return
    case 'arrayBuffer':
      out.byte(tag.arrayBuffer)
      out.buffer(new Uint8Array(value as ArrayBuffer))
      return
    case 'view':
      encodeView(encoder, value as NodeJS.ArrayBufferView)
      return
    case 'error':
      encodeError(encoder, value as Error, undefined)
      return
    case 'domException': {
      const error = value as DOMException
      out.byte(tag.domException)
      out.string(error.message)
      out.string(error.name)
      out.string(error.stack ?? '')
      return
    }
    case 'url':
      out.byte(tag.url)
      out.string((value as URL).href)
      return
    case 'searchParams':
      out.byte(tag.searchParams)
      out.string((value as URLSearchParams).toString())
  }
}

const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!

/** The bytes that a view shows, whatever else is in its ArrayBuffer (small Buffers share one). */
function encodeView(encoder: Encoder, value: NodeJS.ArrayBufferView): void {
  const out = encoder.out
  const name = (typedArrayName.call(value) as string | undefined) ?? 'DataView'
  out.byte(tag.view)
  out.byte(Buffer.isBuffer(value) ? bufferView : viewIndex.get(name)!)
  out.buffer(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
}
