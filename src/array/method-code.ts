import { InvariantError } from '../base/index.js'

/** What methods of arrays call that is itself written with arrays, so that the module of the class cannot import it. */
export interface MethodCode {
  readonly blocks: typeof import('./map-blocks.js')
  readonly delayed: typeof import('./delayed-arrays.js')
  readonly formulas: typeof import('./formulas.js')
  readonly frames: typeof import('./to-data-frame.js')
  readonly linear: typeof import('./linear/index.js')
  readonly overlap: typeof import('./overlapping.js')
  readonly places: typeof import('./places.js')
  readonly reductions: typeof import('./reduce-functions.js')
  readonly shapes: typeof import('./shape-functions.js')
  readonly sorting: typeof import('./sorting/index.js')
  readonly stores: typeof import('./stores/index.js')
}

let connected: MethodCode | undefined

/** Gives methods what they call: done once, by the face of the folder. */
export function connectMethods(code: MethodCode): void {
  connected = code
}

export function methodCode(): MethodCode {
  if (!connected) throw new InvariantError('a method of an array is called, and array/index.js was not imported')
  return connected
}
