import { ArgumentError } from '../base/index.js'

/** What a seed may be: whole numbers from 0 on, of any size. */
export type Seed = number | bigint | readonly (number | bigint)[]

const POOL = 4
const INIT_A = 0x43b0d7e5
const MULTIPLY_A = 0x931e8875
const INIT_B = 0x8b51f9dd
const MULTIPLY_B = 0x58f38ded
const MIX_LEFT = 0xca01f9dd
const MIX_RIGHT = 0x4973f715

/**
 * Makes good seeds of any numbers, and as many independent children of a seed as are wanted: NumPy's `SeedSequence` (after
 * O'Neill's seed_seq_fe), bit for bit.
 *
 * @example
 * new SeedSequence(42).spawn(3).map((child) => child.words(4))
 */
export class SeedSequence {
  readonly entropy: Seed
  readonly spawnKey: readonly number[]
  readonly #pool: Uint32Array
  #children = 0

  /** @throws ArgumentError for numbers that are negative or not whole */
  constructor(entropy: Seed, spawnKey: readonly number[] = []) {
    this.entropy = entropy
    this.spawnKey = spawnKey
    const own = wordsOf(entropy)
    const key = wordsOf(spawnKey)
    while (key.length > 0 && own.length < POOL) own.push(0)
    this.#pool = mixed([...own, ...key])
  }

  /** So many words of 32 bits. */
  words(count: number): Uint32Array {
    let constant = INIT_B
    return Uint32Array.from({ length: count }, (_, i) => {
      let value = (this.#pool[i % POOL]! ^ constant) >>> 0
      constant = Math.imul(constant, MULTIPLY_B)
      value = Math.imul(value, constant) >>> 0
      return value ^ (value >>> 16)
    })
  }

  /** The next children of this seed. */
  spawn(count: number): SeedSequence[] {
    const first = this.#children
    this.#children += count
    return Array.from({ length: count }, (_, i) => this.child(first + i))
  }

  /** The child with this number, without counting it. */
  child(number: number): SeedSequence {
    return new SeedSequence(this.entropy, [...this.spawnKey, number])
  }
}

function mixed(entropy: readonly number[]): Uint32Array {
  let constant = INIT_A
  const hash = (word: number): number => {
    let value = word ^ constant
    constant = Math.imul(constant, MULTIPLY_A)
    value = Math.imul(value, constant) >>> 0
    return (value ^ (value >>> 16)) >>> 0
  }
  const mix = (x: number, y: number): number => {
    const value = (Math.imul(MIX_LEFT, x) - Math.imul(MIX_RIGHT, y)) >>> 0
    return (value ^ (value >>> 16)) >>> 0
  }
  const pool = Uint32Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0))
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!))
  }
  for (const word of entropy.slice(POOL)) for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to]!, hash(word))
  return pool
}

/** Words of 32 bits, the lowest first. */
function wordsOf(seed: Seed): number[] {
  if (typeof seed === 'object') return seed.flatMap(wordsOf)
  if (seed < 0 || (typeof seed === 'number' && !Number.isSafeInteger(seed)))
    throw new ArgumentError(`a seed of ${seed}: expected whole numbers from 0 on (bigints above 2 ** 53)`)
  const words: number[] = []
  let rest = BigInt(seed)
  do words.push(Number(rest & 0xffffffffn))
  while ((rest >>= 32n) > 0n)
  return words
}
