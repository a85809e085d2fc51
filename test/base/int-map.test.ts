import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { IntMap } from '../../src/base/index.js'

interface Real {
  map: IntMap
}
type Model = Map<number, number>
type Command = fc.Command<Model, Real>

const check = (model: Model, { map }: Real): void => {
  assert.equal(map.size, model.size)
  const entries = new Map<number, number>()
  map.forEach((key, value) => {
    assert.ok(!entries.has(key), `${key} twice`)
    entries.set(key, value)
  })
  assert.deepEqual(new Map([...entries].sort(([a], [b]) => a - b)), new Map([...model].sort(([a], [b]) => a - b)))
}

class SetCommand implements Command {
  readonly key: number
  readonly value: number
  constructor(key: number, value: number) {
    this.key = key
    this.value = value
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    model.set(this.key, this.value)
    real.map.set(this.key, this.value)
    check(model, real)
  }
  toString = (): string => `set(${this.key}, ${this.value})`
}

class DeleteCommand implements Command {
  readonly key: number
  constructor(key: number) {
    this.key = key
  }
  check = (): boolean => true
  run(model: Model, real: Real): void {
    assert.equal(real.map.delete(this.key), model.delete(this.key))
    check(model, real)
  }
  toString = (): string => `delete(${this.key})`
}

class GetCommand implements Command {
  readonly key: number
  constructor(key: number) {
    this.key = key
  }
  check = (): boolean => true
  run(model: Model, { map }: Real): void {
    assert.equal(map.get(this.key), model.get(this.key) ?? -1)
  }
  toString = (): string => `get(${this.key})`
}

describe('IntMap', () => {
  it('is a Map of integers', () => {
    // Few different keys, so that commands meet; some far apart, and the largest.
    const key = fc.oneof(
      fc.nat(12),
      fc.nat(200).map((k) => k * 1024),
      fc.constant(0x7fffffff),
    )
    const value = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(
        fc.commands(
          [
            fc.tuple(key, value).map(([k, v]) => new SetCommand(k, v)),
            key.map((k) => new DeleteCommand(k)),
            key.map((k) => new GetCommand(k)),
          ],
          { maxCommands: 200 },
        ),
        fc.nat(100),
        (commands, capacity) => fc.modelRun(() => ({ model: new Map(), real: { map: new IntMap(capacity) } }), commands),
      ),
    )
  })

  it('holds many keys, and many that came and went', () => {
    const map = new IntMap()
    for (let i = 0; i < 100_000; i++) map.set(i * 7, i)
    for (let i = 0; i < 100_000; i++) assert.equal(map.get(i * 7), i)
    assert.equal(map.get(3), -1)
    // A window that moves: tombstones must not fill the table.
    const window = new IntMap()
    for (let i = 0; i < 100_000; i++) {
      window.set(i, i)
      if (i >= 10) assert.ok(window.delete(i - 10))
    }
    assert.equal(window.size, 10)
  })

  it('is empty and whole again after everything went', () => {
    const map = new IntMap()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1000; i++) map.set(i, round)
      for (let i = 999; i >= 0; i--) map.delete(i)
      assert.equal(map.size, 0)
      map.forEach(() => assert.fail('an entry'))
    }
  })
})
