/** One sort of setting: how a given value is read, what is accepted, and how a stored value is shown. */
export interface Kind<T extends {}, In = T> {
  /** Completes the sentence "expected …". */
  readonly accepts: string
  /** What the stored number counts, such as `ms`; empty when there is nothing to count. */
  readonly unit: string
  /** The value to store, or undefined when what was given is not accepted. */
  parse(given: unknown): T | undefined
  /** Text that `parse` reads back as exactly this value. */
  show(value: T): string
  /** Nothing at run time: the type of what a program may write. */
  readonly written?: In
}

/** One setting of the tree: its kind, its default as one would write it, and what it does. */
export class Setting<T extends {}, In = T> {
  readonly kind: Kind<T, In>
  readonly default: In
  readonly description: string
  constructor(kind: Kind<T, In>, initial: In, description: string) {
    this.kind = kind
    this.default = initial
    this.description = description
  }
}

/** A line of the schema. */
export function setting<T extends {}, In>(kind: Kind<T, In>, initial: NoInfer<In>, description: string): Setting<T, In> {
  return new Setting(kind, initial, description)
}

/** A tree of settings, of any depth. */
export interface Schema {
  readonly [name: string]: Setting<{}, unknown> | Schema
}

/** The values that a schema's settings have once read. */
export type ValuesOf<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T, infer _In> ? T : ValuesOf<S[K]> }

/** Any part of a schema's settings as one may write them: '24 GB', '5 ms'. */
export type PatchOf<S> = { readonly [K in keyof S]?: S[K] extends Setting<infer _T, infer In> ? In : PatchOf<S[K]> }

/** The dotted names of a schema's settings and groups. */
export type PathOf<S> = {
  [K in keyof S & string]: S[K] extends Setting<infer _T, infer _In> ? K : K | `${K}.${PathOf<S[K]>}`
}[keyof S & string]

/** The value behind one dotted name. */
export type ValueAt<V, P extends string> = P extends keyof V
  ? V[P]
  : P extends `${infer Head}.${infer Rest}`
    ? Head extends keyof V
      ? ValueAt<V[Head], Rest>
      : never
    : never
