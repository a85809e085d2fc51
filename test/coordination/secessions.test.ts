import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secessions } from '../../src/lanes/secessions.js'

/** A lane as `Secessions` sees it, and what it has been told. */
class FakeLane {
  readonly rejoined: number[] = []
  tasks = 0
  computing = 0
  readonly lane = { post: ({ rejoined = [] }: { rejoined?: number[] }) => void this.rejoined.push(...rejoined) }
  get budget(): { readonly isEmpty: boolean } {
    return { isEmpty: this.computing === 0 }
  }
}

/** A task: in its lane it computes, has seceded, waits to rejoin, or computes again. */
interface Task {
  readonly lane: FakeLane
  readonly slot: number
  state: 'computes' | 'seceded' | 'rejoining'
}

/** What happens when lanes are dealt tasks by the rules of `LaneSet`, one at a time each. */
class Pool {
  readonly lanes = new Set<FakeLane>()
  readonly ended = new Set<FakeLane>()
  readonly secessions: Secessions<FakeLane>
  readonly tasks: Task[] = []
  readonly size: number
  #slots = 0

  constructor(size: number) {
    this.size = size
    this.secessions = new Secessions(this.lanes, size, (lane) => {
      assert.equal(lane.tasks, 0)
      this.lanes.delete(lane)
      this.ended.add(lane)
    })
  }

  step(): void {
    this.secessions.settle()
    for (const task of this.tasks) {
      if (task.state !== 'rejoining' || !task.lane.rejoined.includes(task.slot)) continue
      task.state = 'computes'
    }
  }

  /** A task comes: it gets a lane, or none. */
  deal(): void {
    let free = [...this.lanes].find((lane) => lane.computing === 0 && this.secessions.takesTasks(lane) && !this.isTaken(lane))
    if (!free && this.secessions.computing < this.size) {
      free = new FakeLane()
      this.lanes.add(free)
    }
    if (!free) return
    free.tasks++
    free.computing++
    this.tasks.push({ lane: free, slot: ++this.#slots, state: 'computes' })
  }

  isTaken(lane: FakeLane): boolean {
    return this.tasks.some((task) => task.lane === lane && task.state === 'computes')
  }

  end(task: Task): void {
    this.tasks.splice(this.tasks.indexOf(task), 1)
    this.secessions.ended(task.lane, task.slot)
    task.lane.tasks--
    if (task.lane.computing > 0 && task.state === 'computes') task.lane.computing = 0
  }
}

test('lanes whose tasks have seceded do not count; whoever rejoins gets a place when another one has left', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('deal', 'secede', 'rejoin', 'end'), fc.nat()), { maxLength: 60 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), steps, (size, all) => {
      const pool = new Pool(size)
      const pick = (state: Task['state'], n: number): Task | undefined => {
        const some = pool.tasks.filter((task) => task.state === state)
        return some[n % Math.max(1, some.length)]
      }
      for (const [what, n] of all) {
        if (what === 'deal') pool.deal()
        else if (what === 'end') {
          const task = pool.tasks[n % Math.max(1, pool.tasks.length)]
          if (task && task.state !== 'rejoining') pool.end(task)
        } else {
          const task = pick(what === 'secede' ? 'computes' : 'seceded', n)
          if (!task) continue
          task.state = what === 'secede' ? 'seceded' : 'rejoining'
          // One that has seceded is not charged to its lane any more.
          if (what === 'secede') task.lane.computing = 0
          pool.secessions[what as 'secede' | 'rejoin'](task.lane, task.slot)
        }
        pool.step()
        assert.ok(pool.secessions.computing <= size)
      }
      // When all others have ended, all who wait to rejoin have done so, one after the other.
      for (let guard = 0; pool.tasks.length > 0; guard++) {
        assert.ok(guard < 1000, 'somebody waits for ever')
        const task = pool.tasks.find(({ state }) => state !== 'rejoining')
        assert.ok(task, 'nobody computes, and yet somebody may not')
        pool.end(task)
        pool.step()
      }
      assert.ok(pool.lanes.size <= size)
    }),
  )
})
