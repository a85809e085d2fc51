import { ArgumentError, describe } from '../../base/index.js'

/** How a quantile between two elements is made of them, as NumPy names the ways (Hyndman and Fan 1996). */
export const quantileMethods = [
  'invertedCdf',
  'averagedInvertedCdf',
  'closestObservation',
  'interpolatedInvertedCdf',
  'hazen',
  'weibull',
  'linear',
  'medianUnbiased',
  'normalUnbiased',
  'lower',
  'higher',
  'midpoint',
  'nearest',
] as const

export type QuantileMethod = (typeof quantileMethods)[number]

/** @throws ArgumentError when there is no such method */
export function needMethod(operation: string, method: string): QuantileMethod {
  if ((quantileMethods as readonly string[]).includes(method)) return method as QuantileMethod
  throw new ArgumentError(`${operation}: there is no method ${describe(method)}: expected one of ${quantileMethods.join(', ')}`)
}

/** Methods that give one of the elements, and so keep their type. */
export const givesElements = (method: QuantileMethod): boolean =>
  ['invertedCdf', 'closestObservation', 'lower', 'higher', 'nearest'].includes(method)

/** Between which two places of `n` sorted elements a quantile lies, and how far from the first to the second. */
export interface Between {
  readonly low: number
  readonly high: number
  readonly share: number
}

export function betweenOf(method: QuantileMethod, q: number, n: number): Between {
  const at = virtualPlace(method, q, n)
  const whole = Math.floor(at)
  const low = Math.min(Math.max(whole, 0), n - 1)
  const high = Math.min(Math.max(whole + 1, 0), n - 1)
  return { low, high, share: at < 0 || at >= n - 1 ? (at < 0 ? 0 : 1) : at - whole }
}

/** NumPy's virtual indexes. */
function virtualPlace(method: QuantileMethod, q: number, n: number): number {
  switch (method) {
    case 'invertedCdf':
      return discrete(n * q - 1, (share) => (share > 0 ? 1 : 0))
    case 'closestObservation': {
      const at = n * q - 1 - 0.5
      const whole = Math.floor(at)
      // Of two that are equally near, the one whose number, counted from 1, is even.
      return Math.max(0, at === whole && Math.abs(whole % 2) === 1 ? whole : whole + 1)
    }
    case 'averagedInvertedCdf': {
      const at = n * q - 1
      const whole = Math.floor(at)
      return at === whole ? whole + 0.5 : whole + 1
    }
    case 'interpolatedInvertedCdf':
      return n * q - 1
    case 'hazen':
      return formula(n, q, 0.5, 0.5)
    case 'weibull':
      return formula(n, q, 0, 0)
    case 'linear':
      return (n - 1) * q
    case 'medianUnbiased':
      return formula(n, q, 1 / 3, 1 / 3)
    case 'normalUnbiased':
      return formula(n, q, 3 / 8, 3 / 8)
    case 'lower':
      return Math.floor((n - 1) * q)
    case 'higher':
      return Math.ceil((n - 1) * q)
    case 'midpoint':
      return 0.5 * (Math.floor((n - 1) * q) + Math.ceil((n - 1) * q))
    case 'nearest':
      return roundedToEven((n - 1) * q)
  }
}

function discrete(at: number, step: (share: number) => number): number {
  const whole = Math.floor(at)
  return Math.max(0, whole + step(at - whole))
}

const formula = (n: number, q: number, alpha: number, beta: number): number => n * q + (alpha + q * (1 - alpha - beta)) - 1

function roundedToEven(x: number): number {
  const whole = Math.floor(x)
  const share = x - whole
  if (share !== 0.5) return Math.round(x)
  return whole % 2 === 0 ? whole : whole + 1
}
