/**
 * What a JavaScript function of a row computes, as plain data: the small language that dataframes and arrays translate into
 * their engines'. Captured variables are literals in it; what does not depend on a row is computed already.
 */
export type Tree =
  /** a value, also of a captured variable or of what could be computed at once */
  | { readonly op: 'literal'; readonly value: unknown }
  /** a parameter of the function */
  | { readonly op: 'parameter'; readonly index: number }
  | { readonly op: 'field'; readonly of: Tree; readonly name: string; readonly optional: boolean }
  | { readonly op: 'item'; readonly of: Tree; readonly index: Tree; readonly optional: boolean }
  | { readonly op: 'unary'; readonly operator: string; readonly of: Tree }
  | { readonly op: 'binary'; readonly operator: string; readonly left: Tree; readonly right: Tree }
  | { readonly op: 'logical'; readonly operator: '&&' | '||' | '??'; readonly left: Tree; readonly right: Tree }
  | { readonly op: 'choose'; readonly test: Tree; readonly yes: Tree; readonly no: Tree }
  /** parts that are put together as text */
  | { readonly op: 'template'; readonly parts: readonly Tree[] }
  /** a function known by name: 'Math.abs', 'Number.isInteger', 'Date', or a marked one such as 'mean' */
  | { readonly op: 'call'; readonly name: string; readonly args: readonly Tree[] }
  | {
      readonly op: 'method'
      readonly of: Tree
      readonly name: string
      readonly args: readonly Tree[]
      readonly optional: boolean
    }
  | { readonly op: 'list'; readonly items: readonly Tree[] }
  /** names and values, for the options of marked functions */
  | { readonly op: 'record'; readonly entries: readonly (readonly [name: string, value: Tree])[] }
