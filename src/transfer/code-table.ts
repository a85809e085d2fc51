import type { Sections } from './byte-reader.js'
import type { Form } from './function-facts.js'
import { named } from './module-reference.js'
import type { ModuleReference } from './module-reference.js'

/** The text of a function and what is needed to make it again: what all closures of one place in a file share. */
export interface FunctionCode {
  readonly text: string
  readonly form: Form
  readonly name: string
  /** file name for stack traces: as it was, with `#heddle` if the places in it are those of a compiled file with a map */
  readonly url: string
  /** where the text begins, 0-based */
  readonly line: number
  readonly column: number
  readonly sloppy: boolean
  /** names of captured variables, in the order of their values */
  readonly variables: readonly string[]
  /** for classes: the name by which the text refers to what it extends */
  readonly heritage?: string
  /** for classes: the variables are used while the class is being defined */
  readonly early?: boolean
}

/** Variables (by index) that several functions of the payload share and change: each is one cell of a group. */
export interface Cells {
  readonly group: number
  readonly variables: readonly number[]
}

export interface CodeData {
  readonly functions: readonly { readonly code: FunctionCode; readonly cells?: Cells }[]
  readonly modules: readonly ModuleReference[]
}

/** The code section while a payload is written: each function text and each module reference once. */
export class CodeTable {
  readonly #hashing: boolean
  readonly #functions = new Map<FunctionCode, number>()
  readonly #texts = new Map<string, number>()
  readonly #modules = new Map<string, number>()
  readonly #references: ModuleReference[] = []
  readonly #cells = new Map<FunctionCode, Cells>()

  constructor(hashing: boolean) {
    this.#hashing = hashing
  }

  function(code: FunctionCode): number {
    let index = this.#functions.get(code)
    if (index !== undefined) return index
    // Equal functions of two places are one thing to a hash.
    const text = this.#hashing ? JSON.stringify(withoutFile(code)) : ''
    index = this.#texts.get(text) ?? (this.#hashing ? this.#texts.size : this.#functions.size)
    if (this.#hashing) this.#texts.set(text, index)
    this.#functions.set(code, index)
    return index
  }

  module(reference: ModuleReference): number {
    const key = JSON.stringify(reference)
    let index = this.#modules.get(key)
    if (index === undefined) {
      this.#modules.set(key, (index = this.#references.length))
      this.#references.push(reference)
    }
    return index
  }

  share(code: FunctionCode, cells: Cells): void {
    this.#cells.set(code, cells)
  }

  text(): string {
    if (this.#functions.size === 0 && this.#references.length === 0) return ''
    const functions: unknown[] = []
    for (const [code, index] of this.#functions) {
      functions[index] = { code: this.#hashing ? withoutFile(code) : code, cells: this.#cells.get(code) }
    }
    const modules = this.#hashing ? this.#references.map(withoutPlace) : this.#references
    return JSON.stringify({ functions, modules })
  }
}

function withoutFile(code: FunctionCode): FunctionCode {
  return { ...code, url: '', line: 0, column: 0 }
}

/** What is the same for one reference wherever the program is installed. */
function withoutPlace(reference: ModuleReference): unknown {
  const hash = reference.kind === 'task' ? reference.hash : undefined
  return [hash === undefined || hash === '' ? named(reference) : hash, reference.export]
}

const none: CodeData = { functions: [], modules: [] }

export function readCodeTable(bytes: Uint8Array, { code, codeBytes }: Sections): CodeData {
  if (codeBytes === 0) return none
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + code, codeBytes).toString()) as CodeData
}
