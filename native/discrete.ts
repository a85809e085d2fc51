// Discrete distributions, by the methods of NumPy's distributions.c (BSD licence), so that equal streams give its numbers.

import { nextDouble } from './bits'
import { gamma } from './continuous'
import { interval } from './integers'
import { exp, expm1, log, log1p, pow } from './math'
import { exponential, logFactorialInTable } from './ziggurat'

/** log of the gamma function (Zhang and Jin 1996). */
function logGamma(x: f64): f64 {
  if (x === 1 || x === 2) return 0
  const n: i64 = x < 7 ? ((7.0 - x) as i64) : 0
  let x0 = x + (n as f64)
  const x2 = (1 / x0) * (1 / x0)
  let sum: f64 = -1.3924322169059
  sum = sum * x2 + 1.796443723688307e-1
  sum = sum * x2 + -2.955065359477124e-2
  sum = sum * x2 + 6.41025641025641e-3
  sum = sum * x2 + -1.917526917526918e-3
  sum = sum * x2 + 8.417508417508418e-4
  sum = sum * x2 + -5.952380952380952e-4
  sum = sum * x2 + 7.936507936507937e-4
  sum = sum * x2 + -2.777777777777778e-3
  sum = sum * x2 + 8.333333333333333e-2
  let result = sum / x0 + 0.5 * 1.8378770664093453 + (x0 - 0.5) * log(x0) - x0
  for (let k: i64 = 1; k <= n; k++) {
    result -= log(x0 - 1)
    x0 -= 1
  }
  return result
}

function logFactorial(k: i64): f64 {
  if (k < 126) return logFactorialInTable(k as usize)
  const x = k as f64
  return (x + 0.5) * log(x) - x + (0.9189385332046728 + (1 / x) * (1 / 12.0 - 1 / (360 * x * x)))
}

export function poisson(lambda: f64): i64 {
  if (lambda >= 10) return poissonByRejection(lambda)
  if (lambda === 0) return 0
  const least = exp(-lambda)
  let count: i64 = 0
  let product = nextDouble()
  while (product > least) {
    count++
    product *= nextDouble()
  }
  return count
}

/** Hörmann 1993. */
function poissonByRejection(lambda: f64): i64 {
  const logLambda = log(lambda)
  const b = 0.931 + 2.53 * sqrt<f64>(lambda)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const vr = 0.9277 - 3.6224 / (b - 2)
  while (true) {
    const u = nextDouble() - 0.5
    const v = nextDouble()
    const us = 0.5 - abs<f64>(u)
    const k = floor<f64>(((2 * a) / us + b) * u + lambda + 0.43) as i64
    if (us >= 0.07 && v <= vr) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    if (log(v) + log(inverseAlpha) - log(a / (us * us) + b) <= -lambda + (k as f64) * logLambda - logGamma((k as f64) + 1))
      return k
  }
}

export function negativeBinomial(n: f64, p: f64): i64 {
  return poisson(((1 - p) / p) * gamma(n))
}

export function binomial(n: i64, p: f64): i64 {
  if (n === 0 || p === 0) return 0
  if (p <= 0.5) return binomialUpToHalf(n, p)
  return n - binomialUpToHalf(n, 1 - p)
}

function binomialUpToHalf(n: i64, p: f64): i64 {
  return p * (n as f64) <= 30 ? binomialByInversion(n, p) : binomialByRejection(n, p)
}

function binomialByInversion(n: i64, p: f64): i64 {
  const q = 1 - p
  const qn = exp((n as f64) * log1p(-p))
  const np = (n as f64) * p
  const bound = min<f64>(n as f64, np + 10 * sqrt<f64>(np * q + 1)) as i64
  let x: i64 = 0
  let px = qn
  let u = nextDouble()
  while (u > px) {
    x++
    if (x > bound) {
      x = 0
      px = qn
      u = nextDouble()
    } else {
      u -= px
      px = (((n - x + 1) as f64) * p * px) / ((x as f64) * q)
    }
  }
  return x
}

/** What Stirling's series adds, times 166320. */
function correction(x: f64): f64 {
  const x2 = x * x
  return (13860 - (462 - (132 - (99 - 140 / x2) / x2) / x2) / x2) / x / 166320
}

/** BTPE (Kachitvichyanukul and Schmeiser 1988), for p ≤ 1/2. */
function binomialByRejection(n: i64, p: f64): i64 {
  const count = n as f64
  const r = min<f64>(p, 1 - p)
  const q = 1 - r
  const fm = count * r + r
  const m = floor<f64>(fm) as i64
  const p1 = floor<f64>(2.195 * sqrt<f64>(count * r * q) - 4.6 * q) + 0.5
  const xm = (m as f64) + 0.5
  const xl = xm - p1
  const xr = xm + p1
  const c = 0.134 + 20.5 / (15.3 + (m as f64))
  let a = (fm - xl) / (fm - xl * r)
  const laml = a * (1 + a / 2)
  a = (xr - fm) / (xr * q)
  const lamr = a * (1 + a / 2)
  const p2 = p1 * (1 + 2 * c)
  const p3 = p2 + c / laml
  const p4 = p3 + c / lamr
  const nrq = count * r * q
  while (true) {
    const u = nextDouble() * p4
    let v = nextDouble()
    if (u <= p1) return floor<f64>(xm - p1 * v + u) as i64
    let y: i64
    if (u <= p2) {
      const x = xl + (u - p1) / c
      v = v * c + 1 - abs<f64>((m as f64) - x + 0.5) / p1
      if (v > 1) continue
      y = floor<f64>(x) as i64
    } else if (u <= p3) {
      if (v === 0) continue
      y = floor<f64>(xl + log(v) / laml) as i64
      if (y < 0) continue
      v = v * (u - p2) * laml
    } else {
      if (v === 0) continue
      y = floor<f64>(xr - log(v) / lamr) as i64
      if (y > n) continue
      v = v * (u - p3) * lamr
    }
    const k = abs<i64>(y - m)
    if (k <= 20 || (k as f64) >= nrq / 2 - 1) {
      const s = r / q
      const step = s * (count + 1)
      let ratio: f64 = 1
      for (let i = m + 1; i <= y; i++) ratio *= step / (i as f64) - s
      for (let i = y + 1; i <= m; i++) ratio /= step / (i as f64) - s
      if (v > ratio) continue
      return y
    }
    const far = k as f64
    const rho = (far / nrq) * ((far * (far / 3 + 0.625) + 0.16666666666666666) / nrq + 0.5)
    const middle = ((-k * k) as f64) / (2 * nrq)
    const height = log(v)
    if (height < middle - rho) return y
    if (height > middle + rho) continue
    const x1 = (y as f64) + 1
    const f1 = (m as f64) + 1
    const z = count + 1 - (m as f64)
    const w = count - (y as f64) + 1
    const bound =
      xm * log(f1 / x1) +
      (((n - m) as f64) + 0.5) * log(z / w) +
      ((y - m) as f64) * log((w * r) / (x1 * q)) +
      correction(f1) +
      correction(z) -
      correction(x1) -
      correction(w)
    if (height <= bound) return y
  }
}

export function logseries(p: f64): i64 {
  const r = log1p(-p)
  while (true) {
    const v = nextDouble()
    if (v >= p) return 1
    const q = -expm1(r * nextDouble())
    if (v <= q * q) {
      if (v === 0) continue
      const result = floor<f64>(1 + log(v) / log(q)) as i64
      if (result < 1) continue
      return result
    }
    return v >= q ? 1 : 2
  }
}

export function geometric(p: f64): i64 {
  if (p >= 0.333333333333333333333333) {
    let x: i64 = 1
    let product = p
    let sum = p
    const q = 1 - p
    const u = nextDouble()
    while (u > sum) {
      product *= q
      sum += product
      x++
    }
    return x
  }
  const z = ceil<f64>(-exponential() / log1p(-p))
  return z >= 9.223372036854776e18 ? i64.MAX_VALUE : (z as i64)
}

/** Devroye 1986, with the range of 64-bit integers. */
export function zipf(a: f64): i64 {
  if (a >= 1025) return 1
  const am1 = a - 1
  const b = pow(2, am1)
  const least = pow(9223372036854775807.0, -am1)
  while (true) {
    const u01 = nextDouble()
    const u = u01 * least + (1 - u01)
    const v = nextDouble()
    const x = floor<f64>(pow(u, -1 / am1))
    if (x >= 9.223372036854776e18 || x < 1) continue
    const t = pow(1 + 1 / x, am1)
    if ((v * x * (t - 1)) / (b - 1) <= t / b) return x as i64
  }
}

export function hypergeometric(good: i64, bad: i64, sample: i64): i64 {
  if (sample >= 10 && sample <= good + bad - 10) return hypergeometricByRatio(good, bad, sample)
  return hypergeometricBySampling(good, bad, sample)
}

function hypergeometricBySampling(good: i64, bad: i64, sample: i64): i64 {
  const total = good + bad
  let wanted = sample > total / 2 ? total - sample : sample
  let left = total
  let leftGood = good
  while (wanted > 0 && leftGood > 0 && left > leftGood) {
    left--
    if ((interval(left as u64) as i64) < leftGood) leftGood--
    wanted--
  }
  if (left === leftGood) leftGood -= wanted
  return sample > total / 2 ? leftGood : good - leftGood
}

/** Ratio of uniforms (Stadlober 1989). */
function hypergeometricByRatio(good: i64, bad: i64, sample: i64): i64 {
  const total = good + bad
  const wanted = min<i64>(sample, total - sample)
  const less = min<i64>(good, bad)
  const more = max<i64>(good, bad)
  const p = (less as f64) / (total as f64)
  const q = (more as f64) / (total as f64)
  const a = (wanted as f64) * p + 0.5
  const variance = (((total - wanted) as f64) * (wanted as f64) * p * q) / ((total - 1) as f64)
  const c = sqrt<f64>(variance + 0.5)
  const h = 1.7155277699214135 * c + 0.8989161620588988
  const m = floor<f64>((((wanted + 1) as f64) * ((less + 1) as f64)) / ((total + 2) as f64)) as i64
  const g = logFactorial(m) + logFactorial(less - m) + logFactorial(wanted - m) + logFactorial(more - wanted + m)
  const b = min<f64>((min<i64>(wanted, less) + 1) as f64, floor<f64>(a + 16 * c))
  let k: i64
  while (true) {
    const u = nextDouble()
    const v = nextDouble()
    const x = a + (h * (v - 0.5)) / u
    if (x < 0 || x >= b) continue
    k = floor<f64>(x) as i64
    const t = g - (logFactorial(k) + logFactorial(less - k) + logFactorial(wanted - k) + logFactorial(more - wanted + k))
    if (u * (4 - u) - 3 <= t) break
    if (u * (u - t) >= 1) continue
    if (2 * log(u) <= t) break
  }
  if (good > bad) k = wanted - k
  return wanted < sample ? good - k : k
}
