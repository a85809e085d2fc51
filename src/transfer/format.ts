// The form of a payload. A primitive is one tag and its data, nothing else. Everything else has a header of eight
// 32-bit words (little-endian) and sections:
//   words     [0] kind  [1] body bytes  [2] text bytes  [3] code bytes  [4] number of shared objects  [5..7] zero
//   shared    u32 each: the numbers of the objects that are referred to again, ascending
//   body      tags and data, read front to back (starts 8-aligned)
//   text      the characters of all strings, in order, in segments: u32 (characters * 2 + 1 if UTF-16), the characters
//   code      JSON (UTF-8): functions and modules, see code-table.ts
//   buffers   the bytes of typed arrays, each 8-aligned, in the order in which the body names them

export const headerBytes = 32

/** The first byte of a payload. */
export const kind = { primitive: 1, full: 2 } as const

/** Numbers of tags are part of the format only within one version of Heddle: both ends run the same one. */
export const tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** zigzag varint */
  integer: 4,
  float64: 5,
  /** length; the characters are in the text section (in a primitive payload: the characters follow) */
  string: 6,
  /** 8 bytes */
  bigint64: 7,
  /** a string: hexadecimal digits, signed */
  bigint: 8,
  /** Symbol.for(string) */
  registeredSymbol: 9,
  /** Symbol[string] */
  wellKnownSymbol: 10,
  /** the number of an object met before */
  again: 11,
  array: 12,
  /** array with holes or with named properties: length, then pairs of key and value */
  sparseArray: 13,
  float64Array: 14,
  int32Array: 15,
  stringArray: 16,
  /** shape, values */
  record: 17,
  /** shape, values; the prototype is null */
  dictionary: 18,
  /** prototype (an object), shape, values */
  derived: 19,
  map: 20,
  set: 21,
  date: 22,
  regexp: 23,
  /** an object around a primitive: new Number(1) */
  boxed: 24,
  arrayBuffer: 25,
  /** index in `viewTypes`, number of bytes */
  view: 26,
  error: 27,
  /** class, shape, values */
  instance: 28,
  /** class, the built-in object it extends (array, map, …), shape, values */
  extendedInstance: 29,
  /** class, state of toTransfer */
  customInstance: 30,
  /** number for options.reference */
  dependency: 31,
  /** index of the code, see encode-function.ts */
  function: 32,
  class: 33,
  boundFunction: 34,
  /** index of the module reference */
  reference: 35,
  /** dotted path from globalThis */
  intrinsic: 36,
  /** partial module namespace: count, then pairs of name and value */
  namespace: 37,
  /** `require` of a CommonJS file */
  require: 38,
  /** `import()` of a module, where a tool replaced it by a function */
  dynamicImport: 39,
  url: 40,
  searchParams: 41,
  domException: 42,
  /** from here on: the integers 0 … 127 */
  smallInteger: 128,
} as const

const views = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const
export type ViewConstructor = (new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
) => NodeJS.ArrayBufferView) & {
  readonly BYTES_PER_ELEMENT?: number
}

/** The constructors of views, by number; `bufferView` stands for Node's Buffer. */
export const viewTypes: readonly (ViewConstructor | undefined)[] = [
  ...(views as readonly ViewConstructor[]),
  // Node 24 has it; here undefined keeps its number.
  (globalThis as { Float16Array?: ViewConstructor }).Float16Array,
]
export const bufferView = 255

export const viewIndex = new Map<string, number>(
  [...views.map((v) => v.name), 'Float16Array'].map((name, index) => [name, index] as const),
)
