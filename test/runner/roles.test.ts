import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { type RoleOptions, RunnerError, type World, WorldTooSmall, rolesIn, schedulerFileOf } from '../../src/runner/index.js'

const world = (rank: number, size: number): World => ({ launcher: 'srun', rank, size, ranksHere: size, run: '12.0' })

/** What each rank is, in letters. */
const cast = (size: number, options: RoleOptions = {}): string[] =>
  Array.from({ length: size }, (_, rank) => {
    const { scheduler, client, worker } = rolesIn(world(rank, size), options, 'it')
    return `${scheduler ? 's' : ''}${client ? 'c' : ''}${worker ? 'w' : ''}`
  })

test('rank 0 schedules, rank 1 runs the program, the others work', () => {
  assert.deepEqual(cast(4), ['s', 'c', 'w', 'w'])
  assert.deepEqual(cast(4, { schedulerRank: 1 }), ['c', 's', 'w', 'w'])
  assert.deepEqual(cast(4, { schedulerRank: 3, clientRank: 2 }), ['w', 'w', 'c', 's'])
  assert.deepEqual(cast(2, { withClient: false }), ['s', 'w'])
  assert.deepEqual(cast(2, { withClient: false, withScheduler: false }), ['w', 'w'])
  assert.deepEqual(cast(2, { exclusiveWorkers: false }), ['sw', 'cw'])
})

test('a world that is too small, on every rank', () => {
  for (const rank of [0, 1]) {
    assert.throws(
      () => rolesIn(world(rank, 2), {}, 'SlurmRunner'),
      (error) => {
        assert.ok(error instanceof WorldTooSmall)
        assert.match(
          error.message,
          /^SlurmRunner: the world is too small: 2 of at least 3 ranks \(one for the scheduler, one for the program, at least one for a worker\)/,
        )
        return true
      },
    )
  }
  assert.throws(() => cast(3, { clientRank: 3 }), WorldTooSmall)
  assert.throws(() => cast(1, { withClient: false }), WorldTooSmall)
})

test('what cannot be', () => {
  assert.throws(() => cast(4, { clientRank: 0 }), /would stall the scheduler/)
  assert.throws(() => cast(4, { clientRank: -1 }), ArgumentError)
  assert.throws(() => cast(4, { schedulerRank: 0.5 }), ArgumentError)
  assert.throws(() => cast(4, { withScheduler: false }), /withClient: false/)
})

test('one scheduler, one client, as many workers as said: for all worlds', () => {
  const options = fc.record({
    withClient: fc.boolean(),
    schedulerRank: fc.nat(5),
    clientRank: fc.nat(5),
    exclusiveWorkers: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), options, (size, given) => {
      let roles: string[]
      try {
        roles = cast(size, given)
      } catch (error) {
        assert.ok(error instanceof WorldTooSmall || error instanceof ArgumentError)
        // All of them, or none.
        for (let rank = 0; rank < size; rank++) assert.throws(() => rolesIn(world(rank, size), given, 'it'))
        return
      }
      assert.equal(roles.filter((role) => role.includes('s')).length, 1)
      assert.equal(roles.filter((role) => role.includes('c')).length, given.withClient ? 1 : 0)
      const workers = roles.filter((role) => role.includes('w')).length
      assert.equal(workers, rolesIn(world(0, size), given, 'it').workers)
      assert.ok(workers >= 1)
    }),
  )
})

test('the scheduler file of a run is no other run’s', () => {
  assert.match(schedulerFileOf(undefined, world(0, 4), 'it'), /\/heddle-12\.0\.json$/)
  assert.equal(schedulerFileOf('/s/a-{job_id}.json', { ...world(0, 4), run: 'vm:39119/x' }, 'it'), '/s/a-vm_39119_x.json')
  assert.equal(schedulerFileOf('/s/a.json', { ...world(0, 4), run: undefined }, 'it'), '/s/a.json')
  assert.throws(
    () => schedulerFileOf(undefined, { ...world(0, 4), run: undefined }, 'it'),
    (error) => {
      assert.ok(error instanceof RunnerError)
      assert.match(error.message, /give it a schedulerFile of its own/)
      return true
    },
  )
})
