import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload, findSourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A place in a file that people write. Lines and columns count from 1. */
export interface SourcePlace {
  readonly url: string
  readonly line: number
  readonly column: number
}

/** Maps larger than this are not worth the time that they take to read, in bytes. */
const LARGEST = 64 * 2 ** 20
/** Files whose maps are kept. */
const MOST_FILES = 2000

/** By address of a file that is run, its map; undefined: it has none */
const maps = new Map<string, SourceMap | undefined>()

/**
 * Where in a person's source the place of a file is that is run: what its source map says, which is where its last line says.
 * Undefined where there is none, or where it cannot be read.
 */
export function sourcePlace(url: string, line: number, column: number): SourcePlace | undefined {
  if (!url.startsWith('file:') || line < 1) return undefined
  if (!maps.has(url)) {
    if (maps.size >= MOST_FILES) maps.clear()
    maps.set(url, mapOf(url))
  }
  const entry = maps.get(url)?.findEntry(line - 1, Math.max(0, column - 1))
  if (!entry || !('originalSource' in entry)) return undefined
  const { originalSource, originalLine, originalColumn } = entry
  if (originalSource === undefined || originalLine === undefined) return undefined
  // Sources are named relative to the map, which is where the file is unless it says otherwise.
  const source = URL.canParse(originalSource, url) ? new URL(originalSource, url).href : originalSource
  return { url: source, line: originalLine + 1, column: (originalColumn ?? 0) + 1 }
}

function mapOf(url: string): SourceMap | undefined {
  try {
    const path = fileURLToPath(url)
    // Who compiles while loading (tsx, say) has told Node.
    const told = findSourceMap(path) ?? findSourceMap(url)
    if (told) return told
    const text = readFileSync(path, 'utf8')
    const at = text.lastIndexOf('\n//# sourceMappingURL=')
    if (at < 0) return undefined
    const said = text
      .slice(at + 22)
      .split('\n')[0]!
      .trim()
    const json = said.startsWith('data:') ? inlined(said) : readFileSync(new URL(said, url), 'utf8')
    return json.length > LARGEST ? undefined : new SourceMap(JSON.parse(json) as SourceMapPayload)
  } catch {
    // The map is not on this machine, or is damaged: the place in the file that is run says enough.
    return undefined
  }
}

function inlined(address: string): string {
  const comma = address.indexOf(',')
  const data = address.slice(comma + 1)
  return address.slice(0, comma).endsWith(';base64') ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data)
}
