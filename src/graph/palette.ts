/**
 * Colours for things that differ in kind: told apart with every common kind of colour blindness, and light enough
 * for black text. The "light" scheme of Paul Tol, Colour Schemes (SRON/EPS/TN/09-002), 2021.
 */
const KINDS = ['#77aadd', '#eedd88', '#44bb99', '#ffaabb', '#99ddff', '#ee8866', '#bbcc33', '#dddddd', '#aaaa00']

/**
 * Points along the ramp "cividis", which looks the same with and without red-green blindness and whose brightness
 * grows evenly (Nuñez, Anderton and Renslow, 2018).
 */
const RAMP = ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838']

/** The colour of the n-th kind; they repeat after nine. */
export function kindColor(n: number): string {
  return KINDS[n % KINDS.length]!
}

/** The colour of a place between first (0) and last (1): from dark blue to yellow. */
export function rampColor(place: number): string {
  const at = Math.min(Math.max(place, 0), 1) * (RAMP.length - 1)
  const low = Math.min(Math.floor(at), RAMP.length - 2)
  const [a, b] = [parts(RAMP[low]!), parts(RAMP[low + 1]!)]
  const mixed = a.map((v, i) => Math.round(v + (b[i]! - v) * (at - low)))
  return `#${mixed.map((v) => v.toString(16).padStart(2, '0')).join('')}`
}

/** Black or white: what is read better on the colour. */
export function textColor(background: string): string {
  const [r, g, b] = parts(background)
  return 0.299 * r! + 0.587 * g! + 0.114 * b! > 130 ? '#1a1a1a' : '#ffffff'
}

function parts(color: string): number[] {
  return [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16))
}
