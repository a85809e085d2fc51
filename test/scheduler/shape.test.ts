import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { EventLog } from '../../src/events/index.js'
import { GraphBuilder } from '../../src/graph/index.js'
import { Core } from '../../src/scheduler/core.js'
import { GraphState } from '../../src/scheduler/graph-state.js'

setFlagsFromString('--allow-natives-syntax')
setFlagsFromString('--expose-gc')
const haveSameShape = runInNewContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean
const collect = runInNewContext('gc') as () => void

function graphOf(size: number): GraphState {
  const builder = new GraphBuilder()
  const layer = builder.layer({ name: 'one', run: () => 1 })
  for (let t = 0; t < size; t++) builder.task(layer, [])
  return new GraphState(1, builder.finish(), new Int32Array(size))
}

test('graphs keep one shape all their life, and between two graphs', () => {
  const core = new Core({ clock: { now: () => 0.5 }, log: new EventLog(16) })
  // What is written into them while they are worked off, with the kinds of numbers that come.
  const live = (): GraphState => {
    const g = graphOf(3)
    g.restingUpTo = 0
    g.restingSince = core.now
    g.archiveBelow = 1
    g.activeCount--
    g.restingUpTo = -1
    return g
  }
  assert.ok(haveSameShape(live(), core.shape))
  collect()
  collect()
  assert.ok(haveSameShape(live(), core.shape))
  assert.ok(haveSameShape(graphOf(5), core.shape))
})
