// Continuous distributions, by the methods of NumPy's distributions.c (BSD licence), so that equal streams give its numbers.

import { nextDouble } from './bits'
import { poisson } from './discrete'
import { acos, cos, exp, expm1, log, log1p, pow } from './math'
import { exponential, normal } from './ziggurat'

const PI: f64 = 3.141592653589793

/** Marsaglia and Tsang 2000; below 1 Ahrens and Dieter 1974. */
export function gamma(shape: f64): f64 {
  if (shape === 1) return exponential()
  if (shape === 0) return 0
  if (shape < 1) {
    while (true) {
      const u = nextDouble()
      const v = exponential()
      if (u <= 1 - shape) {
        const x = pow(u, 1 / shape)
        if (x <= v) return x
      } else {
        const y = -log((1 - u) / shape)
        const x = pow(1 - shape + shape * y, 1 / shape)
        if (x <= v + y) return x
      }
    }
  }
  const b = shape - 1.0 / 3.0
  const c = 1 / sqrt<f64>(9 * b)
  while (true) {
    let x: f64
    let v: f64
    do {
      x = normal()
      v = 1 + c * x
    } while (v <= 0)
    v = v * v * v
    const u = nextDouble()
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return b * v
    if (log(u) < 0.5 * x * x + b * (1 - v + log(v))) return b * v
  }
}

const TINY: f64 = 3e-103

export function beta(a: f64, b: f64): f64 {
  if (a > 1 || b > 1) {
    const x = gamma(a)
    const y = gamma(b)
    return x / (x + y)
  }
  if (a < TINY && b < TINY) return (a + b) * nextDouble() < a ? 1 : 0
  while (true) {
    const u = nextDouble()
    const v = nextDouble()
    const x = pow(u, 1 / a)
    const y = pow(v, 1 / b)
    const sum = x + y
    if (sum > 1 || u + v <= 0) continue
    if (x > 0 && y > 0) return x / sum
    const delta = log(u) / a - log(v) / b
    return delta > 0 ? exp(-log1p(exp(-delta))) : exp(delta - log1p(exp(delta)))
  }
}

export function chisquare(df: f64): f64 {
  return 2 * gamma(df / 2)
}

export function f(above: f64, below: f64): f64 {
  const x = chisquare(above) * below
  return x / (chisquare(below) * above)
}

export function cauchy(): f64 {
  const x = normal()
  return x / normal()
}

export function pareto(a: f64): f64 {
  return expm1(exponential() / a)
}

export function weibull(a: f64): f64 {
  return a === 0 ? 0 : pow(exponential(), 1 / a)
}

export function power(a: f64): f64 {
  return pow(-expm1(-exponential()), 1 / a)
}

export function laplace(loc: f64, scale: f64): f64 {
  while (true) {
    const u = nextDouble()
    if (u >= 0.5) return loc - scale * log(2 - u - u)
    if (u > 0) return loc + scale * log(u + u)
  }
}

export function gumbel(loc: f64, scale: f64): f64 {
  while (true) {
    const u = 1 - nextDouble()
    if (u < 1) return loc - scale * log(-log(u))
  }
}

export function logistic(loc: f64, scale: f64): f64 {
  while (true) {
    const u = nextDouble()
    if (u > 0) return loc + scale * log(u / (1 - u))
  }
}

export function lognormal(mean: f64, sigma: f64): f64 {
  return exp(mean + sigma * normal())
}

export function rayleigh(scale: f64): f64 {
  return scale * sqrt<f64>(2 * exponential())
}

export function t(df: f64): f64 {
  const x = normal()
  return (sqrt<f64>(df / 2) * x) / sqrt<f64>(gamma(df / 2))
}

export function noncentralChisquare(df: f64, nonc: f64): f64 {
  if (nonc !== nonc) return NaN
  if (nonc === 0) return chisquare(df)
  if (df > 1) {
    const x = chisquare(df - 1)
    const n = normal() + sqrt<f64>(nonc)
    return x + n * n
  }
  return chisquare(df + 2 * (poisson(nonc / 2) as f64))
}

export function noncentralF(above: f64, below: f64, nonc: f64): f64 {
  const x = noncentralChisquare(above, nonc) * below
  return x / (chisquare(below) * above)
}

/** Michael, Schucany and Haas 1976. */
export function wald(mean: f64, scale: f64): f64 {
  let y = normal()
  y = mean * y * y
  const d = 1 + sqrt<f64>(1 + (4 * scale) / y)
  const x = mean * (1 - 2 / d)
  return nextDouble() <= mean / (mean + x) ? x : (mean * mean) / x
}

export function triangular(left: f64, mode: f64, right: f64): f64 {
  const base = right - left
  const first = mode - left
  const u = nextDouble()
  return u <= first / base ? left + sqrt<f64>(u * (first * base)) : right - sqrt<f64>((1 - u) * ((right - mode) * base))
}

/** Best and Fisher 1979. */
export function vonmises(mu: f64, kappa: f64): f64 {
  if (kappa !== kappa) return NaN
  if (kappa < 1e-8) return PI * (2 * nextDouble() - 1)
  let s: f64
  if (kappa < 1e-5) s = 1 / kappa + kappa
  else if (kappa <= 1e6) {
    const r = 1 + sqrt<f64>(1 + 4 * kappa * kappa)
    const rho = (r - sqrt<f64>(2 * r)) / (2 * kappa)
    s = (1 + rho * rho) / (2 * rho)
  } else {
    let x = mu + sqrt<f64>(1 / kappa) * normal()
    if (x < -PI) x += 2 * PI
    if (x > PI) x -= 2 * PI
    return x
  }
  let w: f64
  while (true) {
    const z = cos(PI * nextDouble())
    w = (1 + s * z) / (s + z)
    const y = kappa * (s - w)
    const v = nextDouble()
    if (y * (2 - y) - v >= 0 || log(y / v) + 1 - y >= 0) break
  }
  let x = acos(w)
  if (nextDouble() < 0.5) x = -x
  x += mu
  const size = remainder(abs<f64>(x) + PI, 2 * PI) - PI
  return x < 0 ? -size : size
}

/** Of positive numbers, exact: what C's fmod gives. */
function remainder(x: f64, y: f64): f64 {
  if (x < y) return x
  const bits = reinterpret<u64>(y)
  const exponent = (bits >> 52) as i32
  let shift = ((reinterpret<u64>(x) >> 52) as i32) - exponent
  while (shift >= 0) {
    const scaled = reinterpret<f64>(bits + ((shift as u64) << 52))
    if (x >= scaled) x -= scaled
    shift--
  }
  return x
}
