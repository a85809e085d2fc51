/**
 * A pattern for DuckDB (RE2) that matches the same texts of ASCII as one of JavaScript; undefined for what they do not have in
 * common: references, looking around, names, and flags other than i.
 */
export function asciiPattern({ source, flags }: RegExp): string | undefined {
  if (!/^[i]?$/.test(flags) || !/^[\x20-\x7e]*$/.test(source)) return undefined
  let result = flags === 'i' ? '(?i)' : ''
  let inClass = false
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    if (c === '\\') {
      const next = source[++i]!
      if ('dDwW'.includes(next)) result += `\\${next}`
      else if (next === 's') result += inClass ? '\\t\\n\\x0b\\f\\r ' : '[\\t\\n\\x0b\\f\\r ]'
      else if (next === 'b' && !inClass) result += '\\b'
      else if ('tnrf'.includes(next)) result += `\\${next}`
      else if (/[^\w]/.test(next)) result += `\\${next}`
      else return undefined
    } else if (inClass) {
      if (c === '[') result += '\\['
      else result += c
      // Empty classes mean something else, and two signs in a row may too.
      if (c === '&' || (c === '-' && source[i + 1] === '-')) return undefined
      if (c === ']') inClass = false
    } else if (c === '[') {
      if (/^\[\^?\]/.test(source.slice(i))) return undefined
      inClass = true
      result += c
    } else if (c === '(') {
      if (source[i + 1] === '?' && source[i + 2] !== ':') return undefined
      result += c
    } else if (c === '.') result += '[^\\n\\r]'
    else if (c === '{') {
      // RE2 repeats up to 1000 times, and a bracket that repeats nothing is a bracket only there.
      const [whole, from, to] = /^\{(\d+)(?:,(\d*))?\}/.exec(source.slice(i)) ?? []
      if (whole === undefined || Number(from) > 1000 || Number(to ?? 0) > 1000) return undefined
      result += whole
      i += whole.length - 1
    } else if (c === '}' || c === ']') return undefined
    else if (c === '$') result += '\\z'
    else result += c
  }
  return inClass ? undefined : result
}
