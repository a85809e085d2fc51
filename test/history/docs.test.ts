// The programs on docs/history.md and docs/metrics.md do what they say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPage } from '../docs/page-program.js'

for (const page of ['docs/history.md', 'docs/metrics.md']) {
  test(`the program on ${page}`, () => {
    const { said, expected } = runPage(page)
    const lines = said.trimEnd().split('\n')
    for (const line of expected.filter((one) => one !== undefined)) assert.ok(lines.includes(line), `${line} in\n${said}`)
    assert.ok(!lines.includes('false'), said)
    if (page === 'docs/history.md') {
      assert.match(said, /threads computed/)
      assert.match(said, /^span +done/m)
      assert.ok(lines.includes("[ 'count: 11 of 11' ]") || /count: (\d+) of \1/.test(said), said)
    }
  })
}
