import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ArgumentError, describe as describeValue } from '../../src/base/index.js'
import { ConfigError } from '../../src/config/index.js'
import { bench } from './places.js'

describe('get', () => {
  test('gives settings and groups, which nobody can change', (t) => {
    const { config } = bench(t)
    assert.equal(config.get('scheduler.allowedFailures'), 3)
    assert.equal(config.get('scheduler').allowedFailures, 3)
    assert.deepEqual(config.get('inline'), { freeze: true })
    assert.equal(config.all().scheduler, config.get('scheduler'))
    assert.throws(() => {
      ;(config.get('scheduler') as { validate: boolean }).validate = true
    }, TypeError)
    assert.throws(() => {
      ;(config.all() as { threads: unknown }).threads = 2
    }, TypeError)
  })

  test('an unknown name is an error that suggests the nearest', (t) => {
    const { config } = bench(t)
    const cases = {
      'scheduler.allowdFailures': 'scheduler.allowedFailures',
      'scheduler.allowed_failures': 'scheduler.allowedFailures',
      allowedFailures: 'scheduler.allowedFailures',
      sheduler: 'scheduler',
      'bag.validate': 'scheduler.validate',
    }
    for (const [name, meant] of Object.entries(cases)) {
      assert.throws(
        () => config.get(name as 'threads'),
        (error: Error) =>
          error instanceof ArgumentError &&
          error.message.includes(`"${name}"`) &&
          error.message.includes(`did you mean "${meant}"?`),
      )
    }
    for (const name of ['', 'xylophone', 'toString', '__proto__', 'constructor', undefined]) {
      assert.throws(() => config.get(name as 'threads'), ArgumentError)
    }
  })
})

describe('set', () => {
  test('changes what is named and nothing else', (t) => {
    const { config } = bench(t)
    const before = config.all()
    config.set({ scheduler: { validate: true, aheadTime: '1 s' }, bag: { blockSize: '1 GiB' }, threads: undefined, inline: {} })
    assert.deepEqual(config.all(), {
      ...before,
      scheduler: { ...before.scheduler, validate: true, aheadTime: 1000 },
      bag: { ...before.bag, blockSize: 2 ** 30 },
    })
    config.set({ scheduler: { validate: false } })
    assert.equal(config.get('scheduler.validate'), false)
    assert.equal(config.get('scheduler.aheadTime'), 1000)
  })

  test('on an error changes nothing', (t) => {
    const { config } = bench(t)
    const before = config.all()
    assert.throws(() => config.set({ threads: 7, scheduler: { allowedFailures: -1 } }), ConfigError)
    assert.throws(() => config.set({ threads: 7, scheduler: { alowedFailures: 1 } } as object), ArgumentError)
    assert.deepEqual(config.all(), before)
  })

  test('a bad value is an error that names the call, the setting, the value and what is accepted', (t) => {
    const { config } = bench(t)
    const cases: [object, string, ...string[]][] = [
      [{ executor: 'cluster' }, 'executor', '"cluster"', "'threads' or 'inline' or 'processes'"],
      [{ threads: 0 }, 'threads', ' 0:', "'auto' or a whole number of at least 1"],
      [{ threads: 1.5 }, 'threads', '1.5'],
      [{ threads: NaN }, 'threads', 'NaN'],
      [{ threads: null }, 'threads', 'null'],
      [{ threads: 'many' }, 'threads', '"many"'],
      [{ threads: { count: 2 } }, 'threads', 'an object'],
      [{ scheduler: { validate: 'maybe' } }, 'scheduler.validate', '"maybe"', 'true or false'],
      [{ scheduler: { aheadTime: '5 lightyears' } }, 'scheduler.aheadTime', '"5 lightyears"', "'100 ms'"],
      [{ bag: { blockSize: 0 } }, 'bag.blockSize', ' 0:', 'at least 1 B'],
      [{ bag: { blockSize: [1] } }, 'bag.blockSize', describeValue([]), "'24 GB'"],
      [{ temporaryDirectory: '' }, 'temporaryDirectory', '""', 'the path of a folder'],
      [{ scheduler: true }, 'scheduler', 'true', 'group', 'scheduler.validate'],
      [{ scheduler: null }, 'scheduler', 'null', 'group'],
    ]
    for (const call of ['set', 'with'] as const) {
      for (const [patch, setting, ...parts] of cases) {
        assert.throws(
          () => (call === 'set' ? config.set(patch) : config.with(patch, () => assert.fail('it ran'))),
          (error: Error) => {
            assert.ok(error instanceof ConfigError && error instanceof ArgumentError)
            assert.equal(error.name, 'ConfigError')
            assert.equal(error.setting, setting)
            assert.deepEqual(error.source, { from: 'code', call: `config.${call}` })
            for (const part of [`config.${call}: `, setting, ...parts])
              assert.ok(error.message.includes(part), `${part} in ${error.message}`)
            return true
          },
        )
      }
    }
    for (const patch of [null, undefined, 3, 'threads', [], () => 1])
      assert.throws(() => config.set(patch as object), ArgumentError)
    assert.throws(() => config.set(JSON.parse('{"__proto__": {"threads": 1}}') as object), ArgumentError)
  })
})

describe('all', () => {
  test('given to set elsewhere makes the same settings there', (t) => {
    const [here, there] = [bench(t), bench(t)]
    here.environment.HEDDLE_BAG__BLOCK_SIZE = '123457 B'
    here.config.set({ progress: { delay: 0.1 }, threadPool: { memoryLimit: '2 GB' } })
    there.config.set(here.config.all())
    assert.deepEqual(there.config.all(), here.config.all())
  })
})

describe('sources', () => {
  test('says for every setting where its value came from', (t) => {
    const { config, environment, file } = bench(t)
    const system = file(
      'etc/heddle.yaml',
      '# of the system',
      'threads: 2',
      'scheduler:',
      '  validate: on',
      '',
      '  aheadTime: 7 ms',
    )
    const local = file('work/heddle.yaml', 'threads: 3')
    environment.HEDDLE_BAG__BLOCK_SIZE = '64 MiB'
    config.set({ inline: { freeze: false } })
    const reports = config.with({ executor: 'inline' }, () => config.sources())
    const given = new Map(reports.filter(({ source }) => source.from !== 'default').map((report) => [report.name, report]))
    assert.deepEqual(
      [...given].map(([name, { text, sourceText }]) => [name, text, sourceText]),
      [
        ['executor', 'inline', 'config.with'],
        ['threads', '3', `${local}:1`],
        ['scheduler.validate', 'true', `${system}:4`],
        ['scheduler.aheadTime', '7 ms', `${system}:6`],
        ['inline.freeze', 'false', 'config.set'],
        ['bag.blockSize', '64 MiB', 'environment variable HEDDLE_BAG__BLOCK_SIZE'],
      ],
    )
    assert.equal(given.get('scheduler.aheadTime')?.default, '5 ms')
    assert.equal(given.get('scheduler.aheadTime')?.unit, 'ms')
    for (const report of reports) {
      assert.equal(
        report.value,
        config.with({ executor: 'inline' }, () => config.get(report.name as 'threads')),
      )
      assert.ok(report.description.endsWith('.') && report.accepts !== '')
    }
    assert.equal(config.sources().find(({ name }) => name === 'executor')?.sourceText, 'default')
  })
})

describe('reload', () => {
  test('reads files and environment again and keeps what code gave', (t) => {
    const { config, environment, file } = bench(t)
    config.set({ scheduler: { validate: true } })
    assert.equal(config.get('threads'), 'auto')
    file('work/heddle.yaml', 'threads: 3', 'scheduler: { validate: false }')
    environment.HEDDLE_PROCESSES = '4'
    assert.equal(config.get('threads'), 'auto')
    config.with({ executor: 'inline' }, () => {
      config.reload()
      assert.equal(config.get('threads'), 3)
      assert.equal(config.get('executor'), 'inline')
    })
    assert.equal(config.get('processes'), 4)
    assert.equal(config.get('scheduler.validate'), true)
  })

  test('on an error keeps the old settings', (t) => {
    const { config, environment } = bench(t)
    environment.HEDDLE_THREADS = '4'
    assert.equal(config.get('threads'), 4)
    environment.HEDDLE_THREADS = 'four'
    assert.throws(() => config.reload(), ConfigError)
    assert.equal(config.get('threads'), 4)
  })
})
