import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'

// The build has put modules into packs (scripts/pack.mjs): nobody must see a difference.
const folder = new URL('../src/', import.meta.url)
const packs = readdirSync(new URL('packs/', folder)).filter((file) => file.endsWith('.js'))
const load = (path: string): Promise<Record<string, unknown>> => import(new URL(path, folder).href)

test('a module gives what its pack has, and nothing twice', async () => {
  let count = 0
  for (const pack of packs) {
    for (const [key, value] of Object.entries(await load(`packs/${pack}`))) {
      const [module, name] = key.split('#') as [string, string]
      assert.ok(Object.is((await load(module))[name], value), `${key} of ${pack} is another one in its module`)
      count++
    }
  }
  assert.ok(count > 1000, `${count} exports are in packs`)
})

test('classes keep their names in packs', async () => {
  for (const pack of packs) {
    for (const [key, value] of Object.entries(await load(`packs/${pack}`))) {
      if (typeof value !== 'function' || !String(value).startsWith('class')) continue
      assert.equal(value.name, key.split('#')[1], key)
    }
  }
})
