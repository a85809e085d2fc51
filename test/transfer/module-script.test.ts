import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type Debugger, Session } from 'node:inspector'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { moduleScript } from '../../src/transfer/module-script.js'
import 'heddle'

const written = {
  'plain.mjs': 'export const plain = (x) => x + 1\n',
  'mapped.mjs': 'export const f = 1\n//# sourceMappingURL=first.map\nexport const g = 2\n//# sourceMappingURL=last.map\n',
  'inline.mjs': 'export const f = 1\n//# sourceMappingURL=data:application/json;base64,e30=\n',
  'behind.mjs': 'export const f = 1 //# sourceMappingURL=behind.map',
}

/** What the debugger says of all scripts there are. */
function allScripts(): Debugger.ScriptParsedEventDataType[] {
  const session = new Session()
  const found: Debugger.ScriptParsedEventDataType[] = []
  session.connect()
  session.on('Debugger.scriptParsed', ({ params }) => found.push(params))
  session.post('Debugger.enable')
  session.disconnect()
  return found
}

test('of a module it is known without the debugger what that says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-scripts-'))
  try {
    for (const [name, text] of Object.entries(written)) {
      writeFileSync(join(folder, name), text)
      await import(pathToFileURL(join(folder, name)).href)
    }
    const scripts = allScripts()
    let known = 0
    for (const { scriptId, url, startLine, startColumn, isModule, sourceMapURL } of scripts) {
      const script = moduleScript(scriptId, url)
      if (script === undefined) continue
      assert.deepEqual(script, { scriptId, url, startLine, startColumn, isModule, sourceMapURL })
      known++
    }
    // Heddle's own files besides.
    assert.ok(known > Object.keys(written).length + 5, `${known} of ${scripts.length}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('of what Node may not run as it is written, and of what is no module, nothing is said', () => {
  const here = import.meta.url
  for (const url of [
    here.replace(/js$/, 'ts'),
    here.replace(/js$/, 'cjs'),
    new URL('not-there.js', here).href,
    '/a/file.js',
    'node:fs',
    'file://elsewhere/a.js',
    '',
  ])
    assert.equal(moduleScript('1', url), undefined, url)
})
