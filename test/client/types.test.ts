// Compile-time tests: that this file compiles is the test. What must fail carries @ts-expect-error.
import { test } from 'node:test'
import {
  type Client,
  type Completed,
  type Future,
  asCompleted,
  fireAndForget,
  wait,
  workerClient,
} from '../../src/client/index.js'
import type { Bag } from '../../src/bag/index.js'
import type { Delayed } from '../../src/delayed/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectType<T>() {
  return <U>(_value: U, ..._same: Equal<T, U> extends true ? [] : [never]): void => undefined
}

declare const client: Client
declare const number: Future<number>
declare const text: Future<string>
declare const lazy: Delayed<number>
declare const bag: Bag<string>

test('what calls give', () => {
  const calls = () => {
    expectType<Future<number>>()(client.submit((x: number) => x + 1, 1))
    expectType<Future<number>>()(client.submit(async (x: number) => x + 1, number))
    expectType<Future<number>>()(client.submit((x) => x.length, text))
    expectType<Future<number>>()(client.submit((xs) => xs.length, [number, number]))
    expectType<Future<string>>()(client.submit((o) => o.a.toFixed() + o.b, { a: number, b: text }))
    expectType<Future<number>>()(client.submit((x, y) => x + y, lazy, 2))
    expectType<Future<number>>()(client.submit((xs) => xs.length, bag))
    expectType<Future<number>[]>()(client.map((x) => x * x, [1, 2, 3]))
    expectType<Future<number>[]>()(client.map((x: number) => x * x, [number, number]))
    expectType<Future<string>[]>()(client.map((x: number, y: string) => y.repeat(x), [number], ['a']))
    expectType<Future<Map<string, number>>>()(client.scatter(new Map<string, number>()))
    expectType<Future<number>>()(client.with({ priority: 3 }).submit(() => 1))
  }
  void calls
})

test('what waits give', () => {
  const waits = async () => {
    expectType<number>()(await number)
    expectType<number>()(await number.result())
    expectType<Error | undefined>()(await number.exception())
    expectType<[number, string]>()(await client.gather([number, text]))
    expectType<{ a: number; b: string[] }>()(await client.gather({ a: number, b: bag }))
    expectType<number[]>()(await client.gather(client.map((x: number) => x, [1])))
    expectType<Map<string, number>>()(await client.run(async (x: number) => x, 1))
    expectType<string>()(await client.runOnScheduler((x: number) => String(x), 1))
    expectType<number>()(await workerClient((inner) => inner.submit(() => 1).result()))
    for await (const done of asCompleted([number])) {
      expectType<Completed<number>>()(done)
      expectType<number>()(done.value())
    }
    for await (const done of asCompleted([number, text])) expectType<Completed<number> | Completed<string>>()(done)
    const { done } = await wait([number], { returnWhen: 'first' })
    expectType<Future<number>[]>()(done)
    const { value } = await client.getDataset<Future<number>>('x')
    expectType<Future<number>>()(value)
    expectType<Bag<string>>()(client.persist(bag))
    expectType<string[]>()(await client.compute(bag))
  }
  void waits
})

test('what must not compile', () => {
  const wrong = () => {
    // @ts-expect-error a string is no number
    client.submit((x: number) => x, 'a')
    // @ts-expect-error nor is a future of one
    client.submit((x: number) => x, text)
    // @ts-expect-error nor are several
    client.map((x: number) => x, ['a'])
    // @ts-expect-error a future of a number has no such method
    client.submit((x) => x.toUpperCase(), number)
    // @ts-expect-error what is lazy is not fired
    fireAndForget(lazy)
    // @ts-expect-error nor awaited here
    void asCompleted([lazy])
    // @ts-expect-error options never share the argument list
    void client.with({ priority: 3 }).submit(() => 1).priority
    // @ts-expect-error there is no such end
    void wait([number], { returnWhen: 'last' })
    // @ts-expect-error a future of a number is none of a string
    const wrongly: Future<string> = number
    void wrongly
  }
  void wrong
})
