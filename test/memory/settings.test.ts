import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, config } from '../../src/config/index.js'
import { MemoryPressure } from '../../src/memory/index.js'

test('thresholds are shares, percentages or off', () => {
  const given = (pause: number | string | false) => config.with({ memory: { pause } }, () => config.get('memory.pause'))
  for (const share of [0.85, '0.85', '85 %', '85%', ' 85.0 % ']) assert.equal(given(share), 0.85)
  for (const off of [false, 'off', 'false'] as const) assert.equal(given(off), false)
  assert.equal(given(1), 1)
  for (const bad of [0, 1.01, -0.5, NaN, '0', '101 %', '', 'much', '50 % of it']) {
    assert.throws(
      () => given(bad),
      (error: Error) =>
        error instanceof ConfigError && error.message.includes('memory.pause') && error.message.includes("'60 %'"),
    )
  }
})

test('what is shown of them reads back', () => {
  const shown = (pause: number | string | false) =>
    config.with({ memory: { pause } }, () => config.sources().find(({ name }) => name === 'memory.pause')!.text)
  for (const pause of [0.85, 1 / 3, false] as const) {
    assert.equal(
      config.with({ memory: { pause: shown(pause) } }, () => config.get('memory.pause')),
      pause,
    )
  }
})

test('the defaults make a machine', () => {
  const pressure = new MemoryPressure(1000, config.get('memory'))
  const { target, pause } = config.get('memory')
  assert.equal(pressure.excess(1000), 1000 - 1000 * (target as number))
  assert.equal(pressure.measured(1000 * (pause as number) + 1, 0), 'paused')
})
