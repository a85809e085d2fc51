import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { type TestContext, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NannyError, WorkerStartError, systemWorld } from '../../../src/cluster/nanny/index.js'
import { CHECK, DELAY, GRACE, Kept, MAXIMUM_DELAY, START, Stage, fixture } from './stage.js'

describe('a start', () => {
  test('gives the worker its options, which are in no list of processes, and gives what the worker says', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t, { options: { token: 'very secret', limit: Infinity, bytes: new Uint8Array([1, 2]) } })
    assert.equal(nanny.state, 'new')
    const started = nanny.start()
    const puppet = await stage.puppet()
    assert.equal(nanny.state, 'starting')
    assert.equal(nanny.pid, puppet.about.pid)
    assert.equal(puppet.about.options.token, 'very secret')
    assert.ok(!JSON.stringify([puppet.about.argv, puppet.about.environment]).includes('very secret'))
    puppet.tell('ready', { address: 'tcp://here' })
    assert.deepEqual(await started, { address: 'tcp://here' })
    assert.equal(nanny.state, 'ready')
    assert.throws(() => nanny.start(), NannyError)
    await nanny.stop({ graceful: false })
    assert.equal(nanny.state, 'ended')
  })

  test('that ends before ready is an error with what the worker wrote, and nothing is tried again', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t, { name: 'worker "w-1"' })
    const started = nanny.start()
    const puppet = await stage.puppet()
    puppet.tell('complain', 'something is wrong with me\n')
    await puppet.hears('printed')
    puppet.tell('exit', 3)
    await assert.rejects(started, (error: Error) => {
      assert.ok(error instanceof WorkerStartError)
      for (const part of ['worker "w-1" did not start', 'exited with code 3', '    something is wrong with me']) {
        assert.ok(error.message.includes(part), error.message)
      }
      assert.equal(error.logTail, 'something is wrong with me\n')
      return true
    })
    const death = await nanny.ended
    assert.deepEqual(
      { ...death, logTail: '' },
      {
        pid: puppet.about.pid,
        code: 3,
        signal: null,
        reason: 'exited with code 3',
        logTail: '',
        outOfMemory: false,
        expected: false,
        restarts: false,
      },
    )
    assert.deepEqual(await stage.deaths.next(), death)
    assert.deepEqual(stage.world.pending, [])
    assert.equal(nanny.restarts, 0)
  })

  test('fails for the reason that the worker gives, and that the system gives', async (t) => {
    const stage = await Stage.open(t)
    const giving = stage.nanny(t)
    const started = giving.start()
    ;(await stage.puppet()).tell('failed', 'the port 8786 is in use')
    await assert.rejects(started, /it gave up: the port 8786 is in use/)
    await assert.rejects(
      stage.nanny(t, { entry: fixture('broken.mjs') }).start(),
      /about to fail[^]*this module cannot be loaded/,
    )
    await assert.rejects(stage.nanny(t, { entry: fixture('none.mjs') }).start(), /exited with code 1[^]*none\.mjs/)
    await assert.rejects(stage.nanny(t, { options: { f: () => 1 } }).start(), /cannot be given its options.*could not be cloned/)
  })

  test('that takes too long is killed', async (t) => {
    const stage = await Stage.open(t)
    const started = stage.nanny(t).start()
    const puppet = await stage.puppet()
    stage.world.fire(START)
    await assert.rejects(started, /was not ready within 1m, and wrote nothing/)
    await puppet.gone
  })

  test('that is stopped meanwhile is an error', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    const started = nanny.start()
    const puppet = await stage.puppet()
    const stopped = nanny.stop({ graceful: false })
    await assert.rejects(started, /was stopped/)
    await stopped
    await puppet.gone
    const never = stage.nanny(t)
    await never.stop()
    assert.equal(await never.ended, undefined)
    assert.throws(() => never.start(), NannyError)
  })
})

describe('a death', () => {
  test('is told, and the worker starts again after waits that grow, until it has lived for long', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    void nanny.start()
    const waits = [DELAY, 2 * DELAY, MAXIMUM_DELAY, MAXIMUM_DELAY]
    for (const [i, wait] of waits.entries()) {
      const puppet = await stage.readyPuppet()
      assert.equal(nanny.restarts, i)
      process.kill(puppet.about.pid, 'SIGKILL')
      const death = await stage.deaths.next()
      assert.deepEqual(
        [death.pid, death.code, death.signal, death.expected, death.restarts],
        [puppet.about.pid, null, 'SIGKILL', false, true],
      )
      assert.match(death.reason, /^was killed by SIGKILL/)
      assert.equal(nanny.state, 'waiting')
      assert.equal(nanny.pid, undefined)
      assert.deepEqual(stage.world.pending, [wait])
      stage.world.fire(wait)
    }
    const puppet = await stage.readyPuppet()
    stage.world.time += (MAXIMUM_DELAY + 1) / 1000
    puppet.tell('exit', 7)
    assert.equal((await stage.deaths.next()).reason, 'exited with code 7')
    assert.deepEqual(stage.world.pending, [DELAY])
    stage.world.fire(DELAY)
    await stage.readyPuppet()
    assert.equal(nanny.restarts, waits.length + 1)
  })

  test('is not one when the worker closes; saying so without doing so, and leaving without saying so, are', async (t) => {
    const stage = await Stage.open(t)
    for (const [command, code] of [
      ['close', 0],
      ['leave', 0],
    ] as const) {
      const nanny = stage.nanny(t)
      void nanny.start()
      ;(await stage.readyPuppet()).tell(command, code)
      const death = await nanny.ended
      assert.deepEqual([death?.code, death?.reason, death?.expected, death?.restarts], [0, 'closed', true, false])
      assert.deepEqual(await stage.deaths.next(), death)
      assert.deepEqual(stage.world.pending, [])
    }
    for (const [command, code] of [
      ['close', 2],
      ['exit', 0],
    ] as const) {
      const nanny = stage.nanny(t)
      void nanny.start()
      ;(await stage.readyPuppet()).tell(command, code)
      const death = await stage.deaths.next()
      assert.deepEqual([death.code, death.expected, death.restarts], [code, false, true])
      await nanny.stop()
    }
  })

  test('before ready, of one that was ready once, is followed by another start', async (t) => {
    const stage = await Stage.open(t)
    void stage.nanny(t).start()
    ;(await stage.readyPuppet()).tell('exit', 1)
    await stage.deaths.next()
    stage.world.fire(DELAY)
    ;(await stage.puppet()).tell('failed', 'the scheduler is away')
    const death = await stage.deaths.next()
    assert.deepEqual([death.reason, death.restarts], ['gave up: the scheduler is away', true])
    stage.world.fire(2 * DELAY)
    await stage.readyPuppet()
  })

  test('comes with the last 64 kB that the worker wrote, all of which is passed on', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    void nanny.start()
    const puppet = await stage.readyPuppet()
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`)
    puppet.tell('print', lines.join(''))
    await puppet.hears('printed')
    puppet.tell('complain', 'the end\n')
    await puppet.hears('printed')
    process.kill(puppet.about.pid, 'SIGKILL')
    const { logTail } = await stage.deaths.next()
    assert.equal(stage.stdout.text, lines.join(''))
    assert.equal(stage.stderr.text, 'the end\n')
    assert.ok(logTail.length <= 64 * 1024 && logTail.length > 64 * 1024 - 20)
    // The two streams keep their own order only.
    assert.ok(lines.join('').endsWith(logTail.replace('the end\n', '')) && logTail.includes('the end\n'))
    assert.equal(nanny.logTail(), logTail)
  })
})

describe('memory', () => {
  test('beyond the limit kills the worker, which then starts again', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t, { memoryLimit: 1000, terminate: 0.95 })
    void nanny.start()
    const puppet = await stage.readyPuppet()
    await stage.world.set(CHECK)
    for (const bytes of [0, 949, 950]) {
      stage.world.resident = bytes
      stage.world.fire(CHECK)
      await stage.world.set(CHECK)
    }
    stage.world.resident = 951
    stage.world.fire(CHECK)
    const death = await stage.deaths.next()
    assert.equal(
      death.reason,
      'took 951 B of memory, more than 950 B, the most that its limit of 1000 B allows, and was killed by its nanny',
    )
    assert.deepEqual([death.signal, death.expected, death.restarts], ['SIGKILL', false, true])
    assert.deepEqual(stage.world.measured, new Array(4).fill(puppet.about.pid))
    stage.world.fire(DELAY)
    await stage.readyPuppet()
    assert.ok(stage.world.pending.includes(CHECK))
  })

  test('is not watched without a limit, when that is off, or when it cannot be', async (t) => {
    const stage = await Stage.open(t)
    for (const options of [{}, { memoryLimit: 1000, terminate: false } as const]) {
      const nanny = stage.nanny(t, options)
      void nanny.start()
      await stage.readyPuppet()
      assert.deepEqual(stage.world.pending, [])
      await nanny.stop({ graceful: false })
    }
    void stage.nanny(t, { memoryLimit: 1000 }).start()
    await stage.readyPuppet()
    stage.world.resident = new Error('no ps here')
    const warned = once(process, 'warning')
    stage.world.fire(CHECK)
    const [warning] = (await warned) as [Error]
    assert.match(warning.message, /goes on without a limit of memory.*no ps here/)
    assert.deepEqual(stage.world.pending, [])
  })

  test('that is really taken is really measured', async (t) => {
    const stage = await Stage.open(t)
    void stage.nanny(t, { memoryLimit: 250 * 2 ** 20, terminate: 0.9, world: systemWorld }).start()
    const puppet = await stage.readyPuppet()
    puppet.tell('take', 300 * 2 ** 20)
    const death = await stage.deaths.next()
    assert.match(death.reason, /^took \S+ [MG]iB of memory, more than 225.00 MiB, .* limit of 250.00 MiB/)
    await puppet.gone
  })
})

describe('a stop', () => {
  test('lets the worker finish', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    void nanny.start()
    const puppet = await stage.readyPuppet()
    const stopped = nanny.stop()
    await puppet.hears('SIGTERM')
    assert.equal(nanny.state, 'stopping')
    assert.deepEqual(stage.world.pending, [GRACE])
    puppet.tell('close', 0)
    await stopped
    const death = await nanny.ended
    assert.deepEqual([death?.code, death?.reason, death?.expected, death?.restarts], [0, 'was stopped', true, false])
    assert.deepEqual(stage.world.pending, [])
    assert.equal(nanny.restarts, 0)
    await nanny.stop()
  })

  test('kills the worker when it does not finish within the grace period', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    void nanny.start()
    const puppet = await stage.readyPuppet()
    const stopped = nanny.stop()
    await puppet.hears('SIGTERM')
    stage.world.fire(GRACE)
    await stopped
    const death = await nanny.ended
    assert.deepEqual([death?.signal, death?.expected], ['SIGKILL', true])
    assert.equal(death?.reason, 'was stopped, and was killed since it did not end within 30 s')
  })

  test('kills the worker at once when asked again, even one that is frozen, and when it is not to be graceful', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    void nanny.start()
    const puppet = await stage.readyPuppet()
    process.kill(puppet.about.pid, 'SIGSTOP')
    const first = nanny.stop()
    await nanny.stop()
    await first
    assert.equal((await nanny.ended)?.signal, 'SIGKILL')
    const other = stage.nanny(t)
    void other.start()
    await stage.readyPuppet()
    await other.stop({ graceful: false })
    assert.equal((await other.ended)?.signal, 'SIGKILL')
  })

  test('between a death and the next start ends the waiting', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t)
    void nanny.start()
    ;(await stage.readyPuppet()).tell('exit', 1)
    const death = await stage.deaths.next()
    await nanny.stop()
    assert.deepEqual(await nanny.ended, death)
    assert.deepEqual(stage.world.pending, [])
    assert.equal(nanny.state, 'ended')
  })
})

test('a restart ends the worker gracefully, or ends the wait for the next', async (t) => {
  const stage = await Stage.open(t)
  const states: string[] = []
  const nanny = stage.nanny(t, {
    onDeath: (death) => {
      states.push(nanny.state)
      stage.deaths.add(death)
    },
  })
  void nanny.start()
  const puppet = await stage.readyPuppet()
  nanny.restart()
  nanny.restart()
  await puppet.hears('SIGTERM')
  puppet.tell('close', 0)
  const death = await stage.deaths.next()
  assert.deepEqual([death.reason, death.expected, death.restarts], ['was restarted', true, true])
  ;(await stage.readyPuppet()).tell('exit', 1)
  await stage.deaths.next()
  assert.equal(nanny.state, 'waiting')
  nanny.restart()
  await stage.readyPuppet()
  assert.equal(nanny.restarts, 2)
  await nanny.stop({ graceful: false })
  assert.deepEqual(states, ['waiting', 'waiting', 'ended'])
})

describe('a lifetime', () => {
  test('ends the worker gracefully, sooner or later by chance', async (t) => {
    for (const [chance, span] of [
      [0, 9000],
      [0.5, 10_000],
      [0.75, 10_500],
    ] as const) {
      const stage = await Stage.open(t)
      stage.world.chance = chance
      const nanny = stage.nanny(t, { lifetime: 10_000, lifetimeStagger: 1000 })
      void nanny.start()
      const puppet = await stage.readyPuppet()
      stage.world.fire(span)
      await puppet.hears('SIGTERM')
      puppet.tell('close', 0)
      const death = await nanny.ended
      assert.deepEqual([death?.reason, death?.expected, death?.restarts], ['reached the end of its lifetime', true, false])
    }
  })

  test('starts the worker again at once if that is wanted, for another lifetime', async (t) => {
    const stage = await Stage.open(t)
    const nanny = stage.nanny(t, { lifetime: 10_000, lifetimeRestart: true })
    void nanny.start()
    for (let i = 0; i < 2; i++) {
      const puppet = await stage.readyPuppet()
      stage.world.fire(10_000)
      await puppet.hears('SIGTERM')
      stage.world.fire(GRACE)
      assert.equal((await stage.deaths.next()).restarts, true)
    }
    const puppet = await stage.readyPuppet()
    assert.equal(nanny.restarts, 2)
    // A stop while it finishes is the end all the same.
    stage.world.fire(10_000)
    await puppet.hears('SIGTERM')
    const stopped = nanny.stop()
    puppet.tell('close', 0)
    await stopped
    assert.equal((await nanny.ended)?.restarts, false)
  })

  test('may be longer than a timer can count', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let fired = 0
    const month = 31 * 24 * 3600 * 1000
    systemWorld.after(month, () => fired++)
    const cancel = systemWorld.after(month, () => assert.fail('it was cancelled'))
    t.mock.timers.tick(2 ** 31 - 1)
    assert.equal(fired, 0)
    cancel()
    t.mock.timers.tick(month - 2 ** 31)
    assert.equal(fired, 0)
    t.mock.timers.tick(1)
    assert.equal(fired, 1)
  })
})

describe('a worker', () => {
  test('ends when its nanny is killed, and says nothing', async (t) => {
    const stage = await Stage.open(t)
    const nanny = spawn(process.execPath, [fileURLToPath(fixture('nanny-main.mjs')), stage.socket], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const kept = new Kept()
    nanny.stderr.pipe(kept)
    const puppet = await stage.puppet()
    const closed = once(nanny, 'close')
    nanny.kill('SIGKILL')
    await Promise.all([puppet.gone, closed])
    assert.equal(kept.text, '')
  })

  test('started by hand says that it needs a nanny', async () => {
    const child = spawn(process.execPath, [fileURLToPath(fixture('puppet.mjs'))], { stdio: ['ignore', 'inherit', 'pipe'] })
    const kept = new Kept()
    child.stderr.pipe(kept)
    const [code] = (await once(child, 'close')) as [number]
    assert.equal(code, 1)
    assert.match(kept.text, /NannyError: this program is to be started by a nanny/)
  })
})

describe('many nannies in one process', () => {
  const text = 'x'.repeat(200_000)
  const crowd = async (t: TestContext, stdout: Writable) => {
    const stage = await Stage.open(t)
    const nannies = Array.from({ length: 12 }, () => stage.nanny(t, { stdout }))
    for (const nanny of nannies) void nanny.start()
    const puppets = await Promise.all(nannies.map(() => stage.puppet()))
    for (const puppet of puppets) {
      puppet.tell('ready')
      puppet.tell('print', text)
    }
    return {
      printed: () => Promise.all(puppets.map((puppet) => puppet.hears('printed'))),
      stop: () => Promise.all(nannies.map((nanny) => nanny.stop({ graceful: false }))),
    }
  }

  test('write to one slow stream without warnings, and without holding what it does not take', async (t) => {
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    t.after(() => process.off('warning', warn))
    let length = 0
    let open: (() => void) | undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        length += chunk.length
        void opened.then(() => done())
      },
    })
    const written = once(slow, 'pipe full')
    const { write } = slow
    let refused = 0
    slow.write = (chunk: Buffer) => {
      const more = write.call(slow, chunk, 'utf8')
      if (!more && ++refused === 12) slow.emit('pipe full')
      return more
    }
    const { printed, stop } = await crowd(t, slow)
    // Every worker has been stopped at its first chunk.
    await written
    assert.ok(slow.writableLength <= 12 * 65536)
    open?.()
    await printed()
    await stop()
    assert.equal(length, 12 * text.length)
    assert.deepEqual(warnings, [])
  })

  test('do not stand still when the stream breaks', async (t) => {
    const broken = new Writable({ write: () => undefined })
    broken.on('error', () => undefined)
    const { printed, stop } = await crowd(t, broken)
    broken.destroy(new Error('the terminal is gone'))
    await printed()
    await stop()
  })
})
