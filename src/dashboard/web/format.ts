/** Numbers as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function bytes(n: number): string {
  let unit = 0
  let value = n
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${digits(value)} ${UNITS[unit]}`
}

export function count(n: number): string {
  if (Math.abs(n) < 100_000) return Math.round(n).toLocaleString('en')
  if (Math.abs(n) < 1e6) return `${digits(n / 1e3)} k`
  if (Math.abs(n) < 1e9) return `${digits(n / 1e6)} M`
  return `${digits(n / 1e9)} G`
}

export function rate(n: number): string {
  return n < 100 ? digits(n) : count(n)
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds === 0) return '0 s'
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`
  if (seconds < 60) return `${digits(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}

export function percent(share: number): string {
  return share > 0 && share < 0.01 ? '< 1 %' : `${Math.floor(share * 100)} %`
}

/** Three digits that matter. */
function digits(n: number): string {
  const size = Math.abs(n)
  return n.toFixed(size >= 100 || n === 0 ? 0 : size >= 10 ? 1 : 2).replace(/\.0+$/, '')
}

/** The time of the day; `fine`: with milliseconds. */
export function clock(secondsSince1970: number, fine = false): string {
  const date = new Date(secondsSince1970 * 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return fine ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time
}
