// What WebAssembly's binary format is made of.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

const codes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }

export interface Signature {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** An unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  do {
    const low = value % 128
    value = Math.floor(value / 128)
    bytes.push(value > 0 ? low | 0x80 : low)
  } while (value > 0)
  return bytes
}

/** A signed number in LEB128. */
export function signed(value: bigint): number[] {
  const bytes: number[] = []
  for (;;) {
    const low = Number(value & 0x7fn)
    value >>= 7n
    const last = (value === 0n && !(low & 0x40)) || (value === -1n && (low & 0x40) !== 0)
    bytes.push(last ? low : low | 0x80)
    if (last) return bytes
  }
}

export const typeCode = (type: ValueType): number => codes[type]

export function float64Bytes(value: number): number[] {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return [...bytes]
}

const withLength = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
const section = (id: number, bytes: readonly number[]): number[] => [id, ...withLength(bytes)]
const text = (name: string): number[] => withLength([...new TextEncoder().encode(name)])

export interface ImportedFunction {
  readonly name: string
  readonly signature: Signature
}

export interface CodedFunction {
  readonly signature: Signature
  readonly locals: readonly ValueType[]
  readonly code: readonly number[]
  /** the name under which it is called from outside */
  readonly exported?: string
}

export interface ModuleParts {
  /** the shared memory `env.memory` has 64-bit addresses */
  readonly wide: boolean
  /** of the module `math` */
  readonly imports: readonly ImportedFunction[]
  readonly functions: readonly CodedFunction[]
  /** 16 bytes each */
  readonly constants: readonly Uint8Array[]
}

/** The most pages that a memory may have for a module to take it. */
const MOST_PAGES = { narrow: 65_536, wide: 262_144 }

/** The bytes of a module. Functions are numbered in their order, imported ones first. */
export function moduleBytes({ wide, imports, functions, constants }: ModuleParts): Uint8Array {
  const types: string[] = []
  const typeIndex = ({ params, results }: Signature): number[] => {
    const bytes = [0x60, ...vector(params.map((p) => [codes[p]])), ...vector(results.map((r) => [codes[r]]))].join()
    if (!types.includes(bytes)) types.push(bytes)
    return unsigned(types.indexOf(bytes))
  }
  const importBytes = [
    [...text('env'), ...text('memory'), 2, wide ? 7 : 3, 0, ...unsigned(wide ? MOST_PAGES.wide : MOST_PAGES.narrow)],
    ...imports.map(({ name, signature }) => [...text('math'), ...text(name), 0, ...typeIndex(signature)]),
  ]
  const functionTypes = functions.map(({ signature }) => typeIndex(signature))
  const exported = functions.flatMap(({ exported: name }, i) =>
    name === undefined ? [] : [[...text(name), 0, ...unsigned(imports.length + i)]],
  )
  const bodies = functions.map(({ locals, code }) => withLength([...vector(runs(locals)), ...code, 0x0b]))
  // Mutable, though nobody writes them: the engine would put the bytes of immutable ones into the code again and again.
  const globals = constants.map((bytes) => [codes.v128, 1, 0xfd, ...unsigned(0x0c), ...bytes, 0x0b])
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [...unsigned(types.length), ...types.flatMap((t) => t.split(',').map(Number))]),
    ...section(2, vector(importBytes)),
    ...section(3, vector(functionTypes)),
    ...section(6, vector(globals)),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ])
}

/** Locals of one type that follow each other are declared together. */
function runs(locals: readonly ValueType[]): number[][] {
  const found: [ValueType, number][] = []
  for (const type of locals) {
    const last = found.at(-1)
    if (last?.[0] === type) last[1]++
    else found.push([type, 1])
  }
  return found.map(([type, count]) => [...unsigned(count), codes[type]])
}
