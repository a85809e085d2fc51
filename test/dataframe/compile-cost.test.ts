// What the compiler has to do for a chain of a hundred operations over a schema of sixty columns, and to compare dataframes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, hundredOperations, noOperations } from './hundred-operations.js'

test('a hundred mixed operations are checked in a second', () => {
  const check = (name: string, program: string) => {
    const { errors, ...cost } = compile(name, program)
    assert.deepEqual(errors, [])
    return cost
  }
  const nothing = check('nothing', noOperations)
  const whole = check('whole', hundredOperations)
  // Seconds depend on who else uses the machine (npm run bench -- dataframe has them); the work does not.
  assert.ok(whole.instantiations - nothing.instantiations < 600_000, JSON.stringify({ nothing, whole }))
  if (process.env['TEST_SECONDS'] !== undefined) assert.ok(whole.checking < 1, JSON.stringify({ nothing, whole }))
})

test('that a dataframe of other columns is another type is known at once', () => {
  const cost = compile(
    'other-columns',
    `import type { DataFrame, GroupBy } from 'heddle/dataframe'
declare const frame: DataFrame<{ x: number; k: string }>
export const wider: DataFrame<{ x: number | null; k: string }> = frame
export const groups: GroupBy<{ x: number | null; k: string }, 'k'> = frame.groupBy('k')
`,
  )
  assert.equal(cost.errors.length, 2, cost.errors.join('\n'))
  // To compare all methods, with all that they give, takes millions, and minutes.
  assert.ok(cost.instantiations < 100_000, JSON.stringify(cost))
})
