import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/errors.js'
import { formatBytes, formatCount, formatDuration, parseBytes, parseDuration } from '../../src/base/units.js'

const size = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.maxSafeNat(), fc.double({ min: 0, max: 1e18, noNaN: true }))
const time = fc.oneof(
  fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
  fc.double({ min: 1, max: 1e8, noNaN: true }),
  fc.integer({ min: 1, max: 1e12 }),
)

describe('parseBytes', () => {
  test('reads every form that it documents', () => {
    const cases: [string | number, number][] = [
      ['24 GB', 24 * 10 ** 9],
      ['24GB', 24 * 10 ** 9],
      ['1.5 GiB', 1.5 * 2 ** 30],
      ['512M', 512 * 10 ** 6],
      ['512m', 512 * 10 ** 6],
      ['4Gi', 4 * 2 ** 30],
      ['.5 kb', 500],
      ['1e3 B', 1000],
      ['1 byte', 1],
      ['1EB', 10 ** 18],
      ['  7 ', 7],
      ['7', 7],
      ['1.1 GB', 11 * 10 ** 8],
      [1024, 1024],
      [0, 0],
    ]
    for (const [text, bytes] of cases) assert.equal(parseBytes(text), bytes, String(text))
  })

  test('a whole number with a unit is that multiple of the unit', () => {
    const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'].flatMap((name, i): [string, bigint][] => [
      [name, 1000n ** BigInt(i)],
      [i === 0 ? name : `${name[0]}iB`, 1024n ** BigInt(i)],
    ])
    fc.assert(
      fc.property(fc.nat(5000), fc.constantFrom(...units), fc.constantFrom('', ' ', '  '), (n, [name, factor], space) => {
        assert.equal(parseBytes(`${n}${space}${name}`), Number(BigInt(n) * factor))
        assert.equal(parseBytes(`${n}${space}${name.toLowerCase()}`), Number(BigInt(n) * factor))
      }),
    )
  })

  test('what it cannot read is an error that names the text and the units', () => {
    for (const bad of ['', ' ', 'GB', '5 lightyears', '1,5 GB', '-1 GB', '1 GB 2', '1e999', 'NaN', '5 GBs', -1, NaN, Infinity]) {
      assert.throws(
        () => parseBytes(bad),
        (error: Error) => error instanceof ArgumentError && error.message.includes(String(bad)) && error.message.includes('GiB'),
        String(bad),
      )
    }
    for (const bad of [null, undefined, {}, 5n, true]) assert.throws(() => parseBytes(bad as never), ArgumentError)
  })
})

describe('formatBytes', () => {
  test('has the binary unit that leaves less than 1024 of it', () => {
    assert.equal(formatBytes(1.5 * 2 ** 30), '1.50 GiB')
    assert.equal(formatBytes(0), '0 B')
    assert.equal(formatBytes(1023), '1023 B')
    assert.equal(formatBytes(1024), '1.00 KiB')
    assert.equal(formatBytes(2 ** 20 - 1), '1.00 MiB')
    assert.equal(formatBytes(-2048), '-2.00 KiB')
    assert.equal(formatBytes(4096 * 2 ** 60), '4096.00 EiB')
    fc.assert(
      fc.property(size, (bytes) => {
        const [value, unit] = formatBytes(bytes).split(' ')
        assert.ok(Number(value) < 1024 && (unit === 'B' || Number(value) >= 1))
      }),
    )
  })

  test('reading back gives the same size to within the digits shown', () => {
    fc.assert(fc.property(size, (bytes) => assert.ok(Math.abs(parseBytes(formatBytes(bytes)) - bytes) <= bytes * 0.005 + 0.5)))
    fc.assert(fc.property(size, (bytes) => assert.equal(formatBytes(parseBytes(formatBytes(bytes))), formatBytes(bytes))))
  })
})

describe('parseDuration', () => {
  test('reads every form that it documents', () => {
    const minute = 60 * 1000
    const cases: [string | number, number][] = [
      ['30 s', 30_000],
      ['5m', 5 * minute],
      ['1h30m', 90 * minute],
      ['1 h 30 min', 90 * minute],
      ['2 days', 48 * 60 * minute],
      ['1w', 7 * 24 * 60 * minute],
      ['00:30:00', 30 * minute],
      ['1-12:00:00', 36 * 60 * minute],
      ['100:00:00.5', 100 * 60 * minute + 500],
      ['100 ms', 100],
      ['100 MS', 100],
      ['2.5 µs', 0.0025],
      ['2.5 us', 0.0025],
      ['250ns', 0.00025],
      ['1e3 ms', 1000],
      ['0.57 s', 570],
      ['500', 500],
      [500, 500],
      [0.25, 0.25],
      [0, 0],
    ]
    for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, String(text))
  })

  test('a clock and parts with units add up to the same', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(23), fc.nat(59), fc.nat(59), (d, h, m, s) => {
        const expected = Date.UTC(1970, 0, 1 + d, h, m, s)
        assert.equal(parseDuration(`${d}-${h}:${m}:${s}`), expected)
        assert.equal(parseDuration(`${d}d ${h}h ${m}m ${s}s`), expected)
        assert.equal(parseDuration(`${d}d${h}h${m}m${s}s`), expected)
      }),
    )
  })

  test('what it cannot read is an error that names the text and the units', () => {
    for (const bad of [
      '',
      ' ',
      's',
      '5 lightyears',
      '5 s later',
      '1:30',
      '00:99:00',
      '-5 s',
      '1h-30m',
      '1e999 s',
      '5 s 5',
      -1,
      NaN,
      Infinity,
    ]) {
      assert.throws(
        () => parseDuration(bad),
        (error: Error) =>
          error instanceof ArgumentError && error.message.includes(String(bad)) && error.message.includes('1h30m'),
        String(bad),
      )
    }
    for (const bad of [null, undefined, {}, 5n, true]) assert.throws(() => parseDuration(bad as never), ArgumentError)
  })
})

describe('formatDuration', () => {
  test('has three digits below a minute and two units above', () => {
    const cases: [number, string][] = [
      [0, '0 ms'],
      [0.00025, '250 ns'],
      [0.0125, '12.5 µs'],
      [5, '5 ms'],
      [999.9, '1 s'],
      [5240, '5.24 s'],
      [59_999, '1m'],
      [312_000, '5m 12s'],
      [3_599_900, '1h'],
      [5_400_000, '1h 30m'],
      [86_399_000, '1d'],
      [187_200_000, '2d 4h'],
      [-5, '-5 ms'],
    ]
    for (const [ms, text] of cases) assert.equal(formatDuration(ms), text)
  })

  test('reading back gives the same time to within the digits shown', () => {
    fc.assert(fc.property(time, (ms) => assert.ok(Math.abs(parseDuration(formatDuration(ms)) - ms) <= ms * 0.021)))
    fc.assert(fc.property(time, (ms) => assert.equal(formatDuration(parseDuration(formatDuration(ms))), formatDuration(ms))))
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)]
        assert.ok(parseDuration(formatDuration(less)) <= parseDuration(formatDuration(more)))
      }),
    )
  })
})

describe('formatCount', () => {
  test('is the count itself below a thousand, then at most three digits and a letter', () => {
    const cases: [number, string][] = [
      [0, '0'],
      [999, '999'],
      [1000, '1k'],
      [1234, '1.2k'],
      [12_345, '12.3k'],
      [123_456, '123k'],
      [999_999, '1M'],
      [1_234_567, '1.2M'],
      [5e9, '5G'],
      [-1500, '-1.5k'],
    ]
    for (const [count, text] of cases) assert.equal(formatCount(count), text)
  })

  test('is within the digits shown of the count', () => {
    const factors: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }
    fc.assert(
      fc.property(fc.maxSafeNat(), (count) => {
        const [, digits, letter] = /^([\d.]+)([kMGTPE]?)$/.exec(formatCount(count)) ?? []
        assert.ok(Math.abs(Number(digits) * (factors[letter] ?? 1) - count) <= count * 0.051)
        assert.ok(Number(digits) < 1000)
      }),
    )
  })
})
