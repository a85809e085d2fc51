// Compile-time tests: that this file compiles is the test. What must fail carries @ts-expect-error.
import { test } from 'node:test'
import { type Delayed, compute, delayed, value } from 'heddle'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectType<T>() {
  return <U>(_value: U, ..._same: Equal<T, U> extends true ? [] : [never]): void => undefined
}

const inc = delayed((x: number) => x + 1)
const add = delayed((a: number, b: number) => a + b)
const total = delayed((xs: number[]) => xs.reduce((a, b) => a + b, 0))

test('what delayed calls give', () => {
  expectType<Delayed<number>>()(inc(1))
  expectType<Delayed<number>>()(add(inc(1), 2))
  expectType<Delayed<number>>()(total([1, inc(2), 3]))
  expectType<Delayed<string>>()(delayed(async (x: number) => String(x))(1))
  expectType<Delayed<number>>()(delayed(() => inc(1))())
  const first = delayed(<T>(xs: T[]) => xs[0]!)
  expectType<Delayed<number>>()(first([1, 2]))
  const page = delayed((url: string) => ({ url, title: 'x', tags: ['a', 'b'] }))('u')
  expectType<Delayed<string>>()(page.get('title'))
  expectType<Delayed<string>>()(page.get('title').call('toUpperCase'))
  expectType<Delayed<number>>()(page.map((p) => p.tags.length))
  const [low, high] = delayed((n: number): [number, string] => [n, String(n)])(1).unpack()
  expectType<Delayed<number>>()(low)
  expectType<Delayed<string>>()(high)
  const [a, b] = delayed(() => [1, 2, 3])().unpack(2)
  expectType<Delayed<number>>()(a)
  expectType<Delayed<number>>()(b)
  expectType<Delayed<'a'>>()(value('a'))
})

test('what compute gives', () => {
  const promises = () => [
    expectType<Promise<number>>()(inc(1).compute()),
    expectType<Promise<[number, string]>>()(compute(inc(1), value('a') as Delayed<string>)),
    expectType<Promise<{ a: number; b: [number] }>>()(compute({ a: inc(1), b: [inc(2)] })),
  ]
  void promises
})

test('what must not compile', () => {
  const wrong = () => {
    // @ts-expect-error a string is no number
    inc('a')
    // @ts-expect-error nor is a lazy one
    inc(value('a'))
    // @ts-expect-error too many arguments
    add(1, 2, 3)
    // @ts-expect-error a lazy string inside an array of numbers
    total([1, value('x')])
    // @ts-expect-error a promise is not lazy
    inc(Promise.resolve(1))
    const list = delayed(() => ({ size: 1 }))()
    // @ts-expect-error no such property
    list.get('nope')
  }
  void wrong
})
