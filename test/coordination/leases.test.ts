import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { type Lease, type LeaseRequest, Leases } from '../../src/cluster/scheduler/coordination/leases.js'
import type { Leave, Party } from '../../src/cluster/scheduler/coordination/party.js'

const PERMITS: Readonly<Record<string, number>> = { a: 1, b: 1, c: 1, s: 3, t: 2 }

/** What is known of a request from outside: the rules are checked against this, not against the state of `Leases`. */
interface Known {
  readonly request: LeaseRequest
  leave: Leave
  state: 'waiting' | 'granted' | 'over'
  lease: Lease | undefined
}

class Checked {
  readonly leases = new Leases()
  readonly parties: Party[] = Array.from({ length: 4 }, (_, i) => ({ name: `party ${i}`, isThere: true }))
  /** in the order in which they came */
  readonly all: Known[] = []

  ask(party: Party, names: readonly string[], count: number): void {
    const known: Known = {
      request: { party, names, count, permits: PERMITS[names[0]!]!, granted: (lease) => this.#granted(known, lease) },
      leave: () => false,
      state: 'waiting',
      lease: undefined,
    }
    this.all.push(known)
    known.leave = this.leases.request(known.request)
  }

  of(state: Known['state'], party?: Party): Known[] {
    return this.all.filter((known) => known.state === state && (party === undefined || known.request.party === party))
  }

  held(name: string): number {
    return this.of('granted').filter(({ lease }) => lease!.names.includes(name)).length
  }

  /** The names at which a request has its turn, by the rule. */
  turns(known: Known): string[] {
    if (!known.request.party.isThere) return []
    const before = this.all
      .slice(0, this.all.indexOf(known))
      .filter(({ state, request }) => state === 'waiting' && request.party.isThere)
    return known.request.names.filter((name) => {
      const ahead = before.filter(({ request }) => request.names.includes(name)).length
      return this.held(name) + ahead < PERMITS[name]!
    })
  }

  #granted(known: Known, lease: Lease): void {
    assert.equal(known.state, 'waiting')
    const turns = this.turns(known)
    assert.equal(lease.names.length, known.request.count)
    for (const name of lease.names) assert.ok(turns.includes(name), `${name} is given out of turn`)
    assert.equal(lease.party, known.request.party)
    known.state = 'granted'
    known.lease = lease
  }

  check(): void {
    for (const name of Object.keys(PERMITS)) {
      assert.ok(this.held(name) <= PERMITS[name]!)
      assert.equal(this.leases.held(name), this.held(name))
    }
    // No wake-up is lost: whoever could be served has been.
    for (const known of this.of('waiting')) assert.ok(this.turns(known).length < known.request.count)
    const used = new Set(
      [...this.of('waiting'), ...this.of('granted')].flatMap(({ state, request, lease }) =>
        state === 'waiting' ? request.names : lease!.names,
      ),
    )
    assert.equal(this.leases.size, used.size)
    for (const party of this.parties) assert.equal(this.leases.holds(party), this.of('granted', party).length > 0)
  }
}

type Command = (to: Checked) => void

const party = fc.nat(3)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(party, fc.subarray(['a', 'b', 'c'], { minLength: 1 }), fc.nat(2)).map(
    ([p, names, less]): Command =>
      (to) =>
        to.ask(to.parties[p]!, names, Math.max(1, names.length - less)),
  ),
  fc.tuple(party, fc.constantFrom('s', 't')).map(
    ([p, name]): Command =>
      (to) =>
        to.ask(to.parties[p]!, [name], 1),
  ),
  fc.nat().map(
    (n): Command =>
      (to) => {
        const granted = to.of('granted')
        const known = granted[n % Math.max(1, granted.length)]
        if (!known) return
        // What follows in the same call finds it given back.
        known.state = 'over'
        assert.equal(
          to.leases.release(to.parties[(to.parties.indexOf(known.request.party) + 1) % 4]!, known.lease!.number),
          false,
        )
        assert.equal(to.leases.release(known.request.party, known.lease!.number), true)
        assert.equal(to.leases.release(known.request.party, known.lease!.number), false)
      },
  ),
  fc.nat().map(
    (n): Command =>
      (to) => {
        const waiting = to.of('waiting')
        const known = waiting[n % Math.max(1, waiting.length)]
        if (!known) return
        known.state = 'over'
        assert.equal(known.leave(), true)
        assert.equal(known.leave(), false)
      },
  ),
  party.map(
    (p): Command =>
      (to) => {
        const one = to.parties[p]!
        one.isThere = !one.isThere
        to.leases.presenceChanged(one)
      },
  ),
  party.map(
    (p): Command =>
      (to) => {
        const one = to.parties[p]!
        const had = to.of('granted', one)
        for (const known of had) known.state = 'over'
        const taken = to.leases.takeAll(one)
        assert.deepEqual(new Set(taken.map(({ number }) => number)), new Set(had.map(({ lease }) => lease!.number)))
      },
  ),
)

test('leases: nobody out of turn, nobody forgotten, never more than there are permits', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const checked = new Checked()
      for (const run of commands) {
        run(checked)
        checked.check()
      }
      // However it went, all come to have what they want when those who have it give it back.
      for (const one of checked.parties) {
        one.isThere = true
        checked.leases.presenceChanged(one)
      }
      for (let held = checked.of('granted'); held.length > 0; held = checked.of('granted')) {
        for (const known of held) {
          known.state = 'over'
          checked.leases.release(known.request.party, known.lease!.number)
        }
      }
      assert.deepEqual(checked.of('waiting'), [])
      assert.equal(checked.leases.size, 0)
    }),
    { numRuns: 500 },
  )
})

test('leases: those who use a resource agree on its permits', () => {
  const leases = new Leases()
  const me: Party = { name: 'me', isThere: true }
  const granted: Lease[] = []
  const request = (permits: number): LeaseRequest => ({
    party: me,
    names: ['s'],
    count: 1,
    permits,
    granted: (lease) => granted.push(lease),
  })
  leases.request(request(2))
  assert.throws(() => leases.request(request(3)), ArgumentError)
  leases.release(me, granted[0]!.number)
  leases.request(request(3))
  assert.equal(granted.length, 2)
})
