// Fills memory with random numbers of a distribution, whose parameters are float64 in memory: one for all, or one each.

import { fillRaw, isPcg64, loadStream, next32, next64, nextDouble, nextFloat, saveStream } from './bits'
import * as continuous from './continuous'
import * as discrete from './discrete'
import { fillBools, fillIntegers, shuffle as shuffleWith } from './integers'
import { log1p } from './math'
import { exponential, exponential32, fillNormals, normal, normal32 } from './ziggurat'

/** Standard distributions, without parameters: 0 uniform, 1 normal, 2 exponential, 3 exponential by inversion. */
export function fillStandard(what: i32, stream: usize, out: usize, n: i32): void {
  loadStream(stream)
  const end = out + ((n as usize) << 3)
  if (what === 0 && isPcg64()) {
    // The words first, then what becomes of them.
    fillRaw(out, n as usize)
    for (let p = out; p < end; p += 8) store<f64>(p, ((load<u64>(p) >> 11) as f64) * (1.0 / 9007199254740992.0))
  } else if (what === 0) for (let p = out; p < end; p += 8) store<f64>(p, nextDouble())
  else if (what === 1 && isPcg64()) fillNormals(out, n as usize, 0, 1)
  else if (what === 1) for (let p = out; p < end; p += 8) store<f64>(p, normal())
  else if (what === 2) for (let p = out; p < end; p += 8) store<f64>(p, exponential())
  else for (let p = out; p < end; p += 8) store<f64>(p, -log1p(-nextDouble()))
  saveStream(stream)
}

/** The same as float32. */
export function fillStandard32(what: i32, stream: usize, out: usize, n: i32): void {
  loadStream(stream)
  const end = out + ((n as usize) << 2)
  if (what === 0) for (let p = out; p < end; p += 4) store<f32>(p, nextFloat())
  else if (what === 1) for (let p = out; p < end; p += 4) store<f32>(p, normal32())
  else if (what === 2) for (let p = out; p < end; p += 4) store<f32>(p, exponential32())
  else for (let p = out; p < end; p += 4) store<f32>(p, -(log1p(-(nextFloat() as f64)) as f32))
  saveStream(stream)
}

/** Words as they come: 32 or 64 bits. */
export function fillWords(bits: i32, stream: usize, out: usize, n: i32): void {
  loadStream(stream)
  if (bits === 32) for (let p = out, end = out + ((n as usize) << 2); p < end; p += 4) store<u32>(p, next32())
  else if (isPcg64()) fillRaw(out, n as usize)
  else for (let p = out, end = out + ((n as usize) << 3); p < end; p += 8) store<u64>(p, next64())
  saveStream(stream)
}

/** Integers of so many bytes (0: bools) from `low` up to and with `low + range`. */
export function fillRange(bytes: i32, stream: usize, out: usize, n: i32, low: u64, range: u64): void {
  loadStream(stream)
  if (bytes === 8) fillIntegers<u64>(out, n, low, range)
  else if (bytes === 4) fillIntegers<u32>(out, n, low, range)
  else if (bytes === 2) fillIntegers<u16>(out, n, low, range)
  else if (bytes === 1) fillIntegers<u8>(out, n, low, range)
  else fillBools(out, n)
  saveStream(stream)
}

/** Puts 64-bit integers in random order. */
export function shuffle(stream: usize, at: usize, n: i32): void {
  loadStream(stream)
  shuffleWith(at, n)
  saveStream(stream)
}

/** `n` numbers as float64; parameters are `step` bytes (0: one for all) apart. */
export function fillContinuous(
  what: i32,
  stream: usize,
  out: usize,
  n: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
): void {
  loadStream(stream)
  // NORMAL of one mean and one deviation
  if (what === 1 && aStep === 0 && bStep === 0 && isPcg64()) {
    fillNormals(out, n as usize, load<f64>(a), load<f64>(b))
    saveStream(stream)
    return
  }
  for (let p = out, end = out + ((n as usize) << 3); p < end; p += 8) {
    store<f64>(p, drawContinuous(what, load<f64>(a), load<f64>(b), load<f64>(c)))
    a += aStep
    b += bStep
    c += cStep
  }
  saveStream(stream)
}

/** `n` numbers as 64-bit integers; parameters as those of `fillContinuous`. */
export function fillDiscrete(
  what: i32,
  stream: usize,
  out: usize,
  n: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
): void {
  loadStream(stream)
  for (let p = out, end = out + ((n as usize) << 3); p < end; p += 8) {
    store<i64>(p, drawDiscrete(what, load<f64>(a), load<f64>(b), load<f64>(c)))
    a += aStep
    b += bStep
    c += cStep
  }
  saveStream(stream)
}

/** `n` times as many outcomes of `trials` trials each: `kinds` counts side by side. */
export function fillMultinomial(stream: usize, out: usize, n: i32, trials: i64, chances: usize, kinds: i32): void {
  loadStream(stream)
  memory.fill(out, 0, ((n as usize) * (kinds as usize)) << 3)
  for (let i = 0; i < n; i++) {
    let left = trials
    let rest: f64 = 1
    const row = out + (((i as usize) * (kinds as usize)) << 3)
    for (let j = 0; j < kinds - 1; j++) {
      const chance = load<f64>(chances + ((j as usize) << 3))
      const some = discrete.binomial(left, chance / rest)
      store<i64>(row + ((j as usize) << 3), some)
      left -= some
      if (left <= 0) break
      rest -= chance
    }
    if (left > 0) store<i64>(row + (((kinds - 1) as usize) << 3), left)
  }
  saveStream(stream)
}

function drawContinuous(what: i32, a: f64, b: f64, c: f64): f64 {
  switch (what) {
    case 0:
      return a + b * nextDouble()
    case 1:
      return a + b * normal()
    case 2:
      return a * exponential()
    case 3:
      return b * continuous.gamma(a)
    case 4:
      return continuous.beta(a, b)
    case 5:
      return continuous.chisquare(a)
    case 6:
      return continuous.f(a, b)
    case 7:
      return continuous.cauchy()
    case 8:
      return continuous.pareto(a)
    case 9:
      return continuous.weibull(a)
    case 10:
      return continuous.power(a)
    case 11:
      return continuous.laplace(a, b)
    case 12:
      return continuous.gumbel(a, b)
    case 13:
      return continuous.logistic(a, b)
    case 14:
      return continuous.lognormal(a, b)
    case 15:
      return continuous.rayleigh(a)
    case 16:
      return continuous.t(a)
    case 17:
      return continuous.noncentralChisquare(a, b)
    case 18:
      return continuous.noncentralF(a, b, c)
    case 19:
      return continuous.wald(a, b)
    case 20:
      return continuous.triangular(a, b, c)
    case 21:
      return continuous.vonmises(a, b)
    default:
      return NaN
  }
}

function drawDiscrete(what: i32, a: f64, b: f64, c: f64): i64 {
  switch (what) {
    case 0:
      return discrete.poisson(a)
    case 1:
      return discrete.binomial(a as i64, b)
    case 2:
      return discrete.negativeBinomial(a, b)
    case 3:
      return discrete.geometric(a)
    case 4:
      return discrete.logseries(a)
    case 5:
      return discrete.zipf(a)
    case 6:
      return discrete.hypergeometric(a as i64, b as i64, c as i64)
    default:
      return 0
  }
}
