// The programs on the pages of docs/ print what the comments behind their console.log calls say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPage } from './page-program.js'

for (const page of ['actors', 'arrays', 'clusters', 'coordination', 'diagnostics', 'plugins']) {
  test(`docs/${page}.md`, () => {
    const { said, expected } = runPage(`docs/${page}.md`)
    assert.ok(expected.length > 0)
    assert.deepEqual(said.trimEnd().split('\n'), expected)
  })
}
