// What is required at once must not be part of what somebody may be importing just then: Node 20 refuses that, or aborts.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** A file for each module, as they are before the build puts together what loads together. */
const root = fileURLToPath(new URL('../../.plain', import.meta.url))

/** Those that load-now.ts says why they are as they are. */
const ARGUED = [
  'array/to-data-frame.js → dataframe/index.js',
  'dataframe/to-array.js → array/index.js',
  'diagnostics/install-progress.js → history/index.js',
  'executor/choice.js → executor/inline.js',
  'executor/choice.js → executor/pool.js',
]

test('what is loaded at once is loaded by nobody else', () => {
  const imports = new Map<string, string[]>()
  const imported = new Set<string>()
  const required: (readonly [from: string, to: string])[] = []
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))) {
    const path = join(root, file)
    const text = readFileSync(path, 'utf8')
    const targets = (pattern: RegExp) => Array.from(text.matchAll(pattern), ([, to]) => resolve(dirname(path), to!))
    imports.set(path, targets(/^(?:import|export)\b[^;'"]*?['"](\.[^'"]+)['"]/gm))
    for (const to of targets(/\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/g)) imported.add(to)
    for (const to of targets(/loadNow\(\s*import\.meta\.url,\s*['"]([^'"]+)['"]/g)) required.push([path, to])
  }
  const closure = (path: string, into = new Set<string>()): Set<string> => {
    if (into.has(path)) return into
    into.add(path)
    for (const to of imports.get(path) ?? []) closure(to, into)
    return into
  }
  const { exports } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    exports: Record<string, string | { default: string }>
  }
  const faces = Object.values(exports).flatMap((face) =>
    typeof face === 'string' ? [] : [face.default.replace(/^\.\/dist\/src/, root)],
  )
  assert.ok(
    required.length > 10 && imported.size > 50 && closure(join(root, 'index.js')).size > 50,
    'the modules were not read as they are written',
  )

  const others = [...imported, ...faces].map((path) => closure(path))
  const shared = new Set<string>()
  for (const [from, to] of required) {
    const [folder] = relative(root, from).split('/')
    const near = closure(from, closure(join(root, folder!, 'index.js')))
    // A client's methods are called when it has connected.
    if (folder === 'client') closure(join(root, 'client/core.js'), near)
    // Of the faces that lead there, a program may have imported any one only.
    for (const face of faces.map((path) => closure(path)).filter((modules) => modules.has(from))) {
      const needed = [...closure(to)].filter((path) => !near.has(path) && !face.has(path))
      if (others.some((modules) => needed.some((path) => modules.has(path))))
        shared.add(`${relative(root, from)} → ${relative(root, to)}`)
    }
  }
  assert.deepEqual(Array.from(shared).sort(), ARGUED)
})
