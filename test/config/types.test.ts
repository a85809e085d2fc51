import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SettingPath, SettingValue, Settings, SettingsPatch } from '../../src/config/index.js'
import { bench } from './places.js'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(yes: Same<A, B>) => yes

test('names and values are exactly typed', (t) => {
  const { config } = bench(t)
  const executor = config.get('executor')
  const threads = config.get('threads')
  const failures = config.get('scheduler.allowedFailures')
  const scheduler = config.get('scheduler')
  const show = config.get('progress.show')
  const returned = config.with({}, () => 'text' as const)
  const promised = config.with({}, async () => 1)
  assert.ok(
    same<typeof executor, 'threads' | 'inline' | 'processes'>(true) &&
      same<typeof threads, number | 'auto'>(true) &&
      same<typeof failures, number>(true) &&
      same<typeof scheduler, Settings['scheduler']>(true) &&
      same<typeof scheduler.validate, boolean>(true) &&
      same<typeof show, boolean | 'auto'>(true) &&
      same<typeof returned, 'text'>(true) &&
      same<typeof promised, Promise<number>>(true) &&
      same<SettingValue<'bag.blockSize'>, number>(true) &&
      same<SettingValue<'executor' | 'bag.blockSize'>, 'threads' | 'inline' | 'processes' | number>(true),
  )
})

test('wrong names and values do not compile', (t) => {
  const { config } = bench(t)
  const wrong: (() => unknown)[] = [
    // @ts-expect-error no such setting
    () => config.get('scheduler.allowdFailures'),
    // @ts-expect-error no such group
    () => config.get('sheduler'),
    // @ts-expect-error a setting has nothing inside
    () => config.get('threads.count'),
    // @ts-expect-error no name at all
    () => config.get(),
    // @ts-expect-error no such setting
    () => config.set({ scheduler: { valdate: true } }),
    // @ts-expect-error not one of the words
    () => config.set({ executor: 'cluster' }),
    // @ts-expect-error text is for sizes and durations only
    () => config.set({ scheduler: { allowedFailures: '5 ms' } }),
    // @ts-expect-error not a boolean
    () => config.with({ scheduler: { validate: 'maybe' } }, () => 1),
    // @ts-expect-error nothing to run
    () => config.with({ threads: 2 }),
    () => {
      // @ts-expect-error settings are read-only
      config.all().threads = 2
    },
  ]
  for (const call of wrong) assert.throws(call)
  const patch: SettingsPatch = {
    bag: { blockSize: '64 MiB' },
    scheduler: { aheadTime: '5 ms' },
    threads: 'auto',
    executor: undefined,
  }
  const path: SettingPath = 'bag.blockSize'
  config.set(patch)
  assert.equal(config.get(path), 64 * 2 ** 20)
})
