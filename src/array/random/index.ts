import type { BitGenerator, Seed } from '../../native/index.js'
import { Generator } from './generator.js'

export { type DrawOptions, type DrawParameter, type FloatDrawOptions, Generator } from './generator.js'

/**
 * A generator of random arrays; the same seed gives the same numbers.
 *
 * @example
 * const x = da.random.defaultRng(42).standardNormal({ size: 1000 })
 */
export const defaultRng = (seed?: Seed, generator?: BitGenerator): Generator => new Generator(seed, generator)

/** The generator behind the functions of this module. */
const shared = new Generator()

export const seed: Generator['seed'] = (value) => shared.seed(value)

// The methods of a generator that nobody seeded, for programs that need no particular numbers.
export const beta: Generator['beta'] = (...args) => shared.beta(...args)
export const binomial: Generator['binomial'] = (...args) => shared.binomial(...args)
export const chisquare: Generator['chisquare'] = (...args) => shared.chisquare(...args)
export const choice: Generator['choice'] = (...args) => shared.choice(...args)
export const exponential: Generator['exponential'] = (...args) => shared.exponential(...args)
export const f: Generator['f'] = (...args) => shared.f(...args)
export const gamma: Generator['gamma'] = (...args) => shared.gamma(...args)
export const geometric: Generator['geometric'] = (...args) => shared.geometric(...args)
export const gumbel: Generator['gumbel'] = (...args) => shared.gumbel(...args)
export const hypergeometric: Generator['hypergeometric'] = (...args) => shared.hypergeometric(...args)
export const integers: Generator['integers'] = (...args) => shared.integers(...args)
export const laplace: Generator['laplace'] = (...args) => shared.laplace(...args)
export const logistic: Generator['logistic'] = (...args) => shared.logistic(...args)
export const lognormal: Generator['lognormal'] = (...args) => shared.lognormal(...args)
export const logseries: Generator['logseries'] = (...args) => shared.logseries(...args)
export const multinomial: Generator['multinomial'] = (...args) => shared.multinomial(...args)
export const negativeBinomial: Generator['negativeBinomial'] = (...args) => shared.negativeBinomial(...args)
export const noncentralChisquare: Generator['noncentralChisquare'] = (...args) => shared.noncentralChisquare(...args)
export const noncentralF: Generator['noncentralF'] = (...args) => shared.noncentralF(...args)
export const normal: Generator['normal'] = (...args) => shared.normal(...args)
export const pareto: Generator['pareto'] = (...args) => shared.pareto(...args)
export const permutation: Generator['permutation'] = (...args) => shared.permutation(...args)
export const poisson: Generator['poisson'] = (...args) => shared.poisson(...args)
export const power: Generator['power'] = (...args) => shared.power(...args)
export const randint: Generator['randint'] = (...args) => shared.randint(...args)
export const random: Generator['random'] = (...args) => shared.random(...args)
export const randomIntegers: Generator['randomIntegers'] = (...args) => shared.randomIntegers(...args)
export const randomSample: Generator['randomSample'] = (...args) => shared.randomSample(...args)
export const rayleigh: Generator['rayleigh'] = (...args) => shared.rayleigh(...args)
export const standardCauchy: Generator['standardCauchy'] = (...args) => shared.standardCauchy(...args)
export const standardExponential: Generator['standardExponential'] = (...args) => shared.standardExponential(...args)
export const standardGamma: Generator['standardGamma'] = (...args) => shared.standardGamma(...args)
export const standardNormal: Generator['standardNormal'] = (...args) => shared.standardNormal(...args)
export const standardT: Generator['standardT'] = (...args) => shared.standardT(...args)
export const triangular: Generator['triangular'] = (...args) => shared.triangular(...args)
export const uniform: Generator['uniform'] = (...args) => shared.uniform(...args)
export const vonmises: Generator['vonmises'] = (...args) => shared.vonmises(...args)
export const wald: Generator['wald'] = (...args) => shared.wald(...args)
export const weibull: Generator['weibull'] = (...args) => shared.weibull(...args)
export const zipf: Generator['zipf'] = (...args) => shared.zipf(...args)
