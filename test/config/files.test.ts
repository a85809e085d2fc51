import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { describe as describeValue } from '../../src/base/index.js'
import { ConfigError } from '../../src/config/index.js'
import { bench } from './places.js'

describe('files', () => {
  test('later places win: system, user, working folder, $HEDDLE_CONFIG, environment, code', (t) => {
    const { config, environment, root, file } = bench(t)
    const steps: (() => void)[] = [
      () => file('etc/heddle.yaml', 'threads: 1'),
      () => file('home/.config/heddle/heddle.yaml', 'threads: 2'),
      () => file('work/heddle.yaml', 'threads: 3'),
      () => (environment.HEDDLE_CONFIG = file('my.yaml', 'threads: 4')),
      () => (environment.HEDDLE_THREADS = '5'),
      () => config.set({ threads: 6 }),
    ]
    steps.forEach((step, i) => {
      step()
      config.reload()
      assert.equal(config.get('threads'), i + 1)
    })
    assert.equal(
      config.with({ threads: 7 }, () => config.get('threads')),
      7,
    )
    file('xdg/heddle/heddle.yaml', 'processes: 8')
    environment.XDG_CONFIG_HOME = join(root, 'xdg')
    config.reload()
    assert.equal(config.get('processes'), 8)
  })

  test('$HEDDLE_CONFIG may be a folder, whose files are read in the order of their names', (t) => {
    const { config, environment, root, file } = bench(t)
    file('d/20-b.yaml', 'threads: 20', 'processes: 20')
    file('d/10-a.yaml', 'threads: 10', 'scheduler: { allowedFailures: 10 }')
    file('d/30-c.yml', 'processes: 30')
    file('d/notes.txt', 'threads: [nonsense')
    environment.HEDDLE_CONFIG = join(root, 'd')
    assert.deepEqual([config.get('threads'), config.get('processes'), config.get('scheduler.allowedFailures')], [20, 30, 10])
  })

  test('a file named by $HEDDLE_CONFIG is read once, in its stronger place, and relative to the working folder', (t) => {
    const { config, environment, file, warnings } = bench(t)
    file('etc/heddle.yaml', 'threads: 1')
    file('work/heddle.yaml', 'threads: 2', 'nonsense: 1')
    environment.HEDDLE_CONFIG = 'heddle.yaml'
    assert.equal(config.get('threads'), 2)
    assert.equal(warnings.length, 1)
  })

  test('values have units, groups may be empty, anchors and dotted names work', (t) => {
    const { config, file, warnings } = bench(t)
    file(
      'work/heddle.yaml',
      'scheduler:',
      '  aheadTime: &short 20 ms',
      '  historyLength: 1_000',
      'progress: { delay: *short, show: no }',
      'bag.blockSize: 1.5 GiB',
      'threadPool: { memoryLimit: 2000000000 }',
      'temporaryDirectory: ~/scratch',
      'inline:',
      'optimization: {}',
    )
    assert.equal(config.get('scheduler.aheadTime'), 20)
    assert.equal(config.get('scheduler.historyLength'), 1000)
    assert.deepEqual(config.get('progress'), { delay: 20, show: false })
    assert.equal(config.get('bag.blockSize'), 1.5 * 2 ** 30)
    assert.equal(config.get('threadPool.memoryLimit'), 2e9)
    assert.ok(config.get('temporaryDirectory').endsWith(join('/', 'scratch')) && !config.get('temporaryDirectory').includes('~'))
    assert.deepEqual(warnings, [])
  })

  test('an empty file, or one of comments, says nothing', (t) => {
    const { config, file } = bench(t)
    file('etc/heddle.yaml')
    file('work/heddle.yaml', '# threads: 2')
    assert.equal(config.get('threads'), 'auto')
  })

  test('a bad value is an error that names file, line, setting, value and what is accepted', (t) => {
    const cases: [string[], number, string | undefined, string[]][] = [
      [
        ['# first', 'scheduler:', '  validate: true', '  aheadTime: 5 lightyears'],
        4,
        'scheduler.aheadTime',
        ['"5 lightyears"', "'100 ms'"],
      ],
      [['threads: -1'], 1, 'threads', [' -1:', 'at least 1']],
      [['', 'threads: [1, 2]'], 2, 'threads', [describeValue([])]],
      [['threads:'], 1, 'threads', ['null']],
      [['bag: 32 MiB'], 1, 'bag', ['"32 MiB"', 'group', 'bag.blockSize']],
      [['- threads: 2'], 1, undefined, [describeValue([]), 'threads: 2']],
      [['threads'], 1, undefined, ['"threads"']],
      [['processes: 1', 'threads: [1', 'executor: inline'], 0, undefined, ['not valid YAML']],
      [['threads: 1', 'threads: 2'], 2, undefined, ['not valid YAML', 'unique']],
    ]
    for (const [lines, line, setting, parts] of cases) {
      const { config, file } = bench(t)
      const path = file('work/heddle.yaml', ...lines)
      for (let again = 0; again < 2; again++) {
        assert.throws(
          () => config.get('executor'),
          (error: Error) => {
            assert.ok(error instanceof ConfigError && error.source.from === 'file')
            assert.equal(error.source.file, path)
            if (line > 0) assert.equal(error.source.line, line)
            assert.equal(error.setting, setting)
            for (const part of [`${path}:${error.source.line}: `, setting ?? '', ...parts])
              assert.ok(error.message.includes(part), error.message)
            return true
          },
        )
      }
    }
  })

  test('an unknown name is a warning with the nearest, and the rest counts', (t) => {
    const { config, file, warnings } = bench(t)
    const path = file(
      'work/heddle.yaml',
      'scheduler:',
      '  valdate: true',
      '  allowedFailures: 9',
      'xylophone: { loud: true }',
      '? [1, 2]',
      ': 3',
    )
    assert.equal(config.get('scheduler.allowedFailures'), 9)
    assert.equal(config.get('scheduler.validate'), false)
    assert.equal(warnings.length, 3)
    assert.ok(warnings[0].startsWith(`${path}:2 `) && warnings[0].includes('did you mean "scheduler.validate"?'), warnings[0])
    assert.ok(warnings[1].startsWith(`${path}:4 `) && warnings[1].includes('"xylophone"'), warnings[1])
  })

  test('a file that $HEDDLE_CONFIG names must be there; one that is only looked for must not', (t) => {
    const { config, environment, root, warnings } = bench(t)
    environment.HEDDLE_CONFIG = join(root, 'absent.yaml')
    assert.throws(
      () => config.get('threads'),
      (error: Error) =>
        error instanceof ConfigError &&
        error.message.includes('HEDDLE_CONFIG') &&
        error.message.includes('absent.yaml') &&
        (error.cause as NodeJS.ErrnoException).code === 'ENOENT',
    )
    delete environment.HEDDLE_CONFIG
    mkdirSync(join(root, 'work', 'heddle.yaml'))
    assert.equal(config.get('threads'), 'auto')
    assert.equal(warnings.length, 1)
    assert.ok(warnings[0].includes(join(root, 'work', 'heddle.yaml')) && warnings[0].includes('cannot be read'))
  })
})

describe('environment', () => {
  test('two underscores are a level, one is a capital letter', (t) => {
    const { config, environment } = bench(t)
    Object.assign(environment, {
      HEDDLE_EXECUTOR: 'inline',
      HEDDLE_SCHEDULER__ALLOWED_FAILURES: '5',
      HEDDLE_THREAD_POOL__MEMORY_LIMIT: '2 GB',
      HEDDLE_THREAD_POOL__CONCURRENT_WAITS: '12',
      HEDDLE_PROGRESS__SHOW: 'TRUE',
      HEDDLE_INLINE__FREEZE: '0',
      HEDDLE_PROCESSES: '',
    })
    assert.equal(config.get('executor'), 'inline')
    assert.equal(config.get('scheduler.allowedFailures'), 5)
    assert.deepEqual(config.get('threadPool'), { memoryLimit: 2e9, concurrentWaits: 12 })
    assert.equal(config.get('progress.show'), true)
    assert.equal(config.get('inline.freeze'), false)
    assert.equal(config.get('processes'), 'auto')
  })

  test('the variable that sources() names sets exactly that setting', (t) => {
    const { config } = bench(t)
    for (const { name, variable, text } of config.sources()) {
      const other = bench(t)
      other.environment[variable] = text
      const given = other.config.sources().filter(({ source }) => source.from === 'environment')
      assert.deepEqual(
        given.map((report) => [report.name, report.variable]),
        [[name, variable]],
      )
      assert.deepEqual(other.config.all(), config.all())
      assert.deepEqual(other.warnings, [])
    }
  })

  test('a bad value is an error that names the variable', (t) => {
    const { config, environment } = bench(t)
    environment.HEDDLE_BAG__BLOCK_SIZE = 'big'
    assert.throws(
      () => config.get('threads'),
      (error: Error) => {
        assert.ok(error instanceof ConfigError)
        assert.deepEqual(error.source, { from: 'environment', variable: 'HEDDLE_BAG__BLOCK_SIZE' })
        for (const part of ['HEDDLE_BAG__BLOCK_SIZE', 'bag.blockSize', '"big"', "'24 GB'"])
          assert.ok(error.message.includes(part))
        return true
      },
    )
  })

  test('an unknown variable is a warning with the nearest', (t) => {
    const { config, environment, warnings } = bench(t)
    Object.assign(environment, {
      HEDDLE_SCHEDULER_VALIDATE: '1',
      HEDDLE_SCHEDULER__VALIDATED: '1',
      HEDDLE_XYLOPHONE: '1',
      HEDDLER: '1',
      PATH: '',
    })
    assert.equal(config.get('scheduler.validate'), false)
    assert.equal(warnings.length, 3)
    for (const warning of warnings.slice(0, 2)) assert.ok(warning.includes('did you mean HEDDLE_SCHEDULER__VALIDATE?'), warning)
    assert.ok(warnings[2].includes('HEDDLE_XYLOPHONE'))
  })
})
