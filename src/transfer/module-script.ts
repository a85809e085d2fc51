import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loaderFlags } from '../base/index.js'
import type { ScriptInfo } from './inspector.js'

/** Files up to this many bytes are read for the line that names their source map. */
const MOST_READ = 2 ** 20

/** Whether Node runs files as they are written, as far as one can see: nobody told it to have them loaded by something else. */
let asWritten: boolean | undefined

/**
 * What the debugger would say of the script of a URL, if that is a JavaScript module that Node loaded from its file; undefined
 * where this is not sure.
 */
export function moduleScript(scriptId: string, url: string): ScriptInfo | undefined {
  // Node gives modules a URL, CommonJS files a path.
  if (!/^file:.*\.m?js$/.test(url)) return undefined
  asWritten ??= (process.env['NODE_OPTIONS'] ?? '') === '' && loaderFlags(process.execArgv).length === 0
  if (!asWritten) return undefined
  const sourceMapURL = sourceMapOf(url)
  return sourceMapURL === undefined ? undefined : { scriptId, url, startLine: 0, startColumn: 0, isModule: true, sourceMapURL }
}

/** What the last comment sourceMappingURL of a file says, '' if there is none; undefined if the file is not here, or large. */
function sourceMapOf(url: string): string | undefined {
  try {
    const file = fileURLToPath(url)
    if (statSync(file).size > MOST_READ) return undefined
    const comments = readFileSync(file, 'utf8').matchAll(/\/\/[#@]\s+sourceMappingURL=\s*(\S+)/g)
    return Array.from(comments, ([, map]) => map!).at(-1) ?? ''
  } catch {
    return undefined
  }
}
