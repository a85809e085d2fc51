// Compile-time tests: that this file compiles is the test. What must fail carries @ts-expect-error.
import { test } from 'node:test'
import type { Actor, Client, Future } from 'heddle'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectType<T>() {
  return <U>(_value: U, ..._same: Equal<T, U> extends true ? [] : [never]): void => undefined
}

class Counter {
  n: number
  #secret = 1
  readonly names = ['a']
  constructor(start: number, _label?: string) {
    this.n = start
  }
  add(by: number): number {
    return (this.n += by + this.#secret)
  }
  async later(text: string, times = 2): Promise<string[]> {
    return new Array<string>(times).fill(text)
  }
  get half(): Promise<number> {
    return Promise.resolve(this.n / 2)
  }
}

declare const client: Client
declare const number: Future<number>
declare const counter: Actor<Counter>

test('the types of actors', () => {
  const calls = async () => {
    expectType<Future<Actor<Counter>>>()(client.actor(Counter, 1))
    expectType<Future<Actor<Counter>>>()(client.actor(Counter, number, 'x'))
    expectType<Future<Actor<Counter>>>()(client.with({ priority: 1 }).actor(Counter, 1))
    expectType<Future<Actor<Counter>>>()(client.with({ actor: true }).submit(Counter, number))
    expectType<Future<Actor<Counter>>[]>()(client.with({ actor: true }).map(Counter, [1, 2], ['a', 'b']))
    expectType<Actor<Counter>>()(await client.actor(Counter, 1))
    expectType<Promise<number>>()(counter.add(1))
    expectType<Promise<number>>()(counter.add(number))
    expectType<Promise<string[]>>()(counter.later('x'))
    expectType<Promise<number>>()(counter.n)
    expectType<Promise<string[]>>()(counter.names)
    expectType<Promise<number>>()(counter.half)
    expectType<Future<number>>()(client.submit((c: Actor<Counter>) => c.add(1), counter))
    expectType<Future<number>>()(client.submit((c) => c.add(1), client.actor(Counter, 1)))
    expectType<Future<number>>()(client.submit(() => counter.n))

    // @ts-expect-error: an argument is missing
    client.actor(Counter)
    // @ts-expect-error: of the wrong type
    client.actor(Counter, 'a')
    // @ts-expect-error: not a class
    client.actor(() => 1)
    // @ts-expect-error: no such method
    void counter.ad(1)
    // @ts-expect-error: of the wrong type
    void counter.add('a')
    // @ts-expect-error: a property is not called
    counter.n()
    // @ts-expect-error: properties can be read only
    counter.n = 3
    // @ts-expect-error: it is no number yet
    void (counter.n + 1)
    // @ts-expect-error: functions are no actors
    client.with({ actor: true }).submit((x: number) => x, 1)
  }
  void calls
})
