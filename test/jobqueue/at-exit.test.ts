import assert from 'node:assert/strict'
import { it } from 'node:test'
import { atExit } from '../../src/jobqueue/at-exit.js'

it('however much is to be done at the exit, the process has one listener for it', () => {
  const before = process.listenerCount('exit')
  const done: number[] = []
  const forget = Array.from({ length: 20 }, (_, i) => atExit(() => done.push(i)))
  assert.equal(process.listenerCount('exit'), before + 1)
  forget[3]!()
  forget[3]!()
  const added = process.listeners('exit').at(-1) as () => void
  added()
  assert.deepEqual(
    done,
    Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 3),
  )
  for (const one of forget) one()
  assert.equal(process.listenerCount('exit'), before)
})
