import { mappedMark } from './function-code.js'
import { Inspector } from './inspector.js'
import { scriptOf } from './script.js'

const frame = new RegExp(`(\\(|at (?:async )?)([^\\s()]+)${mappedMark}:(\\d+):(\\d+)`, 'g')

/**
 * A stack trace with the places of functions that were compiled (by tsx, vitest, tsc) and sent from this thread put back
 * to the files they were written in. Other threads do not have the source maps; there the frames stay as they are.
 */
export function originalStack(stack: string): string {
  if (!stack.includes(mappedMark)) return stack
  const inspector = new Inspector()
  try {
    return stack.replace(frame, (whole, before: string, url: string, line: string, column: string) => {
      const info = inspector.scriptOf(url)
      if (info === undefined) return whole
      const place = scriptOf(inspector, info.scriptId).original(inspector, Number(line) - 1, Number(column) - 1)
      return `${before}${place.file}:${place.line}:${place.column}`
    })
  } finally {
    inspector.close()
  }
}
