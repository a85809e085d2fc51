import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { webcrypto } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hashOf } from '../../src/base/index.js'

const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array())

describe('hashOf', () => {
  it('is the beginning of SHA-256 over the parts, each after its length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part), async (parts) => {
        const bytes = Buffer.concat(
          parts.flatMap((p) => [Buffer.from(`${p.length}:`), typeof p === 'string' ? Buffer.from(p) : p]),
        )
        const digest = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex')
        assert.equal(hashOf(...parts), digest.slice(0, 16))
      }),
    )
  })

  it('tells apart what is the same joined', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.nat(), fc.nat(), (text, a, b) => {
        const [i, j] = [a % (text.length + 1), b % (text.length + 1)]
        fc.pre(i !== j)
        assert.notEqual(hashOf(text.slice(0, i), text.slice(i)), hashOf(text.slice(0, j), text.slice(j)))
      }),
    )
    assert.notEqual(hashOf('ab'), hashOf('a', 'b'))
    assert.notEqual(hashOf(), hashOf(''))
  })

  it('is the same in another process', () => {
    const module = new URL('../../src/base/index.js', import.meta.url).href
    const script = `import { hashOf } from ${JSON.stringify(module)}; console.log(hashOf('x', 'ü', new Uint8Array([1, 2])))`
    const there = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()
    assert.equal(there, hashOf('x', 'ü', new Uint8Array([1, 2])))
  })
})
