import type { LowerContext } from './lower.js'

/** Gives the task whose value stands for the object in functions that captured it. */
export const lowerCaptured: unique symbol = Symbol('heddle.lowerCaptured')

/** Something that a function may capture as a dependency: a persisted collection. */
export interface Capturable {
  [lowerCaptured](context: LowerContext): number
}

export function canBeCaptured(value: object): value is Capturable {
  return typeof (value as Partial<Capturable>)[lowerCaptured] === 'function'
}
