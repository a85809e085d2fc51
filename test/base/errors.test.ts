import assert from 'node:assert/strict'
import { describe as suite, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { ArgumentError, HeddleError, InvariantError, NonError, asError, describe } from '../../src/base/index.js'

suite('HeddleError', () => {
  it('is the root of errors that carry the names of their classes', () => {
    class OwnError extends HeddleError {
      static {
        OwnError.prototype.name = 'OwnError'
      }
    }
    for (const Class of [HeddleError, ArgumentError, InvariantError, OwnError]) {
      const error = new Class('text', { cause: 7 })
      assert.ok(error instanceof HeddleError && error instanceof Error)
      assert.equal(error.name, Class.name)
      assert.equal(String(error), `${Class.name}: text`)
      assert.ok(error.stack!.startsWith(`${Class.name}: text\n`), error.stack)
      assert.equal(error.cause, 7)
      assert.ok(!Object.hasOwn(error, 'name'), 'the name does not travel with every error')
    }
  })
})

suite('asError', () => {
  it('leaves errors as they are, of this realm or another', () => {
    const own = new TypeError('x')
    assert.equal(asError(own), own)
    const foreign: unknown = runInNewContext('new RangeError("far")')
    assert.ok(!(foreign instanceof Error))
    assert.equal(asError(foreign), foreign)
  })

  it('wraps anything else, and keeps it', () => {
    for (const thrown of ['text', 7, null, undefined, { code: 1 }, Symbol('s')]) {
      const error = asError(thrown)
      assert.ok(error instanceof NonError && error instanceof HeddleError)
      assert.equal(error.thrown, thrown)
      assert.ok(error.message.endsWith(describe(thrown)), error.message)
    }
  })
})

suite('describe', () => {
  it('says what a value is', () => {
    class Point {}
    const nameless = Object.create(null) as object
    const table: [unknown, string][] = [
      ['short', '"short"'],
      ['quote "', '"quote \\""'],
      [1.5, '1.5'],
      [Number.NaN, 'NaN'],
      [10n, '10n'],
      [true, 'true'],
      [undefined, 'undefined'],
      [null, 'null'],
      [Symbol('s'), 'Symbol(s)'],
      [function named() {}, 'function named'],
      [() => 1, 'function (anonymous)'],
      [{}, 'an object'],
      [nameless, 'an object'],
      [[], 'an array'],
      [new Point(), 'an instance of Point'],
      [new Map(), 'an instance of Map'],
    ]
    for (const [value, text] of table) assert.equal(describe(value), text)
  })

  it('shortens long text', () => {
    const text = describe('x'.repeat(1000))
    assert.ok(text.length <= 62 && text.endsWith('..."'), text)
  })
})
