import { ArgumentError } from '../base/index.js'

/** Continuous distributions in the order in which the module numbers them, with their parameters. */
export const continuousDistributions = {
  uniform: ['low', 'range'],
  normal: ['loc', 'scale'],
  exponential: ['scale'],
  gamma: ['shape', 'scale'],
  beta: ['a', 'b'],
  chisquare: ['df'],
  f: ['dfnum', 'dfden'],
  standardCauchy: [],
  pareto: ['a'],
  weibull: ['a'],
  power: ['a'],
  laplace: ['loc', 'scale'],
  gumbel: ['loc', 'scale'],
  logistic: ['loc', 'scale'],
  lognormal: ['mean', 'sigma'],
  rayleigh: ['scale'],
  standardT: ['df'],
  noncentralChisquare: ['df', 'nonc'],
  noncentralF: ['dfnum', 'dfden', 'nonc'],
  wald: ['mean', 'scale'],
  triangular: ['left', 'mode', 'right'],
  vonmises: ['mu', 'kappa'],
} as const

/** Discrete distributions, likewise. */
export const discreteDistributions = {
  poisson: ['lam'],
  binomial: ['n', 'p'],
  negativeBinomial: ['n', 'p'],
  geometric: ['p'],
  logseries: ['p'],
  zipf: ['a'],
  hypergeometric: ['ngood', 'nbad', 'nsample'],
} as const

export type Continuous = keyof typeof continuousDistributions
export type Discrete = keyof typeof discreteDistributions

export const continuousNumber = (what: Continuous): number => Object.keys(continuousDistributions).indexOf(what)
export const discreteNumber = (what: Discrete): number => Object.keys(discreteDistributions).indexOf(what)

type Rule = readonly [expected: string, holds: (x: number) => boolean]

const notNegative: Rule = ['0 or more', (x) => x >= 0]
const positive: Rule = ['more than 0', (x) => x > 0]
const probability: Rule = ['a probability, 0 to 1', (x) => x >= 0 && x <= 1]
const count: Rule = ['a whole number from 0 on', (x) => Number.isSafeInteger(x) && x >= 0]
const any: Rule = ['a number', (x) => !Number.isNaN(x)]
const finite: Rule = ['a finite number', (x) => Number.isFinite(x)]

/** NumPy's bounds. */
const rules: Readonly<Record<Continuous | Discrete, readonly Rule[]>> = {
  uniform: [finite, finite],
  normal: [any, notNegative],
  exponential: [notNegative],
  gamma: [notNegative, notNegative],
  beta: [positive, positive],
  chisquare: [positive],
  f: [positive, positive],
  standardCauchy: [],
  pareto: [positive],
  weibull: [notNegative],
  power: [positive],
  laplace: [any, notNegative],
  gumbel: [any, notNegative],
  logistic: [any, notNegative],
  lognormal: [any, notNegative],
  rayleigh: [notNegative],
  standardT: [positive],
  noncentralChisquare: [positive, notNegative],
  noncentralF: [positive, positive, notNegative],
  wald: [positive, positive],
  triangular: [any, any, any],
  vonmises: [any, notNegative],
  poisson: [['0 to 9.2e18', (x) => x >= 0 && x <= 9.223372006484771e18]],
  binomial: [count, probability],
  negativeBinomial: [positive, ['more than 0, at most 1', (x) => x > 0 && x <= 1]],
  geometric: [['more than 0, at most 1', (x) => x > 0 && x <= 1]],
  logseries: [['0 or more, less than 1', (x) => x >= 0 && x < 1]],
  zipf: [['more than 1', (x) => x > 1]],
  hypergeometric: [count, count, count],
}

/**
 * Checks the parameters of a distribution.
 *
 * @throws ArgumentError naming the parameter
 */
export function checkParameters(what: Continuous | Discrete, values: readonly number[]): void {
  const names: readonly string[] =
    what in continuousDistributions ? continuousDistributions[what as Continuous] : discreteDistributions[what as Discrete]
  for (const [i, [expected, holds]] of rules[what].entries()) {
    if (!holds(values[i]!)) throw new ArgumentError(`${what}: ${names[i]} is ${values[i]}, expected ${expected}`)
  }
  if (what === 'triangular' && !(values[0]! <= values[1]! && values[1]! <= values[2]! && values[0]! < values[2]!))
    throw new ArgumentError(`triangular: left ${values[0]}, mode ${values[1]}, right ${values[2]}: expected them to ascend`)
  if (what === 'hypergeometric' && values[0]! + values[1]! < values[2]!)
    throw new ArgumentError(`hypergeometric: nsample is ${values[2]}, of ${values[0]} + ${values[1]}: expected at most all`)
}
