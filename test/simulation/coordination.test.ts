import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClientLink } from '../../src/cluster/scheduler/client-link.js'
import { type Alarm, Coordination } from '../../src/cluster/scheduler/coordination/coordination.js'
import type { ClusterState } from '../../src/cluster/scheduler/state.js'
import { config } from '../../src/config/index.js'
import { type CoordinationOutcome, simulateCoordination } from './coordination.js'

test('1,000 seeds: nobody holds what another holds, no item is lost or doubled, nobody waits for ever, nothing leaks', async () => {
  let steps = 0
  for (let seed = 1; seed <= 1000; seed++) {
    const outcome = await simulateCoordination(seed)
    assert.equal(outcome.failure, undefined, `seed ${seed}: ${outcome.failure}`)
    steps += outcome.steps
  }
  assert.ok(steps > 20_000)
})

test('a seed replays exactly', async () => {
  for (const seed of [1, 17, 400]) assert.deepEqual(await simulateCoordination(seed), await simulateCoordination(seed))
})

/** milliseconds */
const LEASE = config.get('coordination.lease')

/** Defects, planted in the scheduler's side. */
const defects: Record<string, new (state: ClusterState, alarm: Alarm) => Coordination> = {
  'leases that never expire': class extends Coordination {
    constructor(state: ClusterState, alarm: Alarm) {
      super(state, (milliseconds, ring) => alarm(milliseconds === LEASE ? 1e9 : milliseconds, ring))
    }
  },
  'who is away is given locks': class extends Coordination {
    override gone(_client: ClientLink): void {}
  },
  'who is back is not served': class extends Coordination {
    override back(_client: ClientLink): void {}
  },
  'who is gone for good keeps its locks': class extends Coordination {
    override dropped(_client: ClientLink): void {}
  },
  'leases expire though their holder came back': class extends Coordination {
    constructor(state: ClusterState, alarm: Alarm) {
      super(state, (milliseconds, ring) => {
        const cancel = alarm(milliseconds, ring)
        return milliseconds === LEASE ? () => undefined : cancel
      })
    }
  },
  'an item is handed out twice': class extends Coordination {
    override answers(client: ClientLink): ReturnType<Coordination['answers']> {
      const answers = super.answers(client)
      let last: unknown
      const get = answers['getFromQueue'] as (args: unknown) => Promise<unknown>
      return {
        ...answers,
        getFromQueue: async (args: unknown) => {
          const ended = await get(args)
          if (ended === 'late' && last !== undefined) return last
          if (typeof ended !== 'string') last = ended
          return ended
        },
      }
    }
  },
}

describe('planted defects are found', () => {
  for (const [name, Defective] of Object.entries(defects)) {
    test(name, async () => {
      let outcome: CoordinationOutcome | undefined
      for (let seed = 1; seed <= 200 && outcome?.failure === undefined; seed++)
        outcome = await simulateCoordination(seed, { coordination: (state, alarm) => new Defective(state, alarm) })
      assert.ok(outcome?.failure)
    })
  }
})
