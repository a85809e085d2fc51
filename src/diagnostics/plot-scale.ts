/** From values to places on a picture. */
export interface Scale {
  (value: number): number
  /** round values in its range, for grid lines */
  readonly ticks: readonly number[]
}

/** What the step between two ticks may be: one of `steps`, times a power of `base`. */
export interface Steps {
  readonly base: number
  readonly steps: readonly number[]
}

export const decimal: Steps = { base: 10, steps: [1, 2, 5] }
/** for bytes */
export const binary: Steps = { base: 2, steps: [1] }

/** A scale from [0, max] to [from, to], with at most `most` ticks after 0. */
export function plotScale(max: number, from: number, to: number, most: number, { base, steps }: Steps = decimal): Scale {
  const top = max > 0 ? max : 1
  const rough = top / most
  const power = base ** Math.floor(Math.log(rough) / Math.log(base))
  // Quotients of powers are not exact.
  const step = (steps.find((s) => s * power >= rough * (1 - 1e-9)) ?? base) * power
  const ticks = Array.from({ length: Math.floor((top / step) * (1 + 1e-9)) + 1 }, (_, i) => i * step)
  return Object.assign((value: number): number => from + ((to - from) * value) / top, { ticks })
}
