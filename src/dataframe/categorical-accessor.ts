import { ArgumentError } from '../base/index.js'
import { DataFrameError } from './errors.js'
import type { Categories } from './plan/type.js'
import type { Series } from './series.js'

/**
 * A column of texts that may hold certain texts only. The categories belong to the column's type, not to its values: a result
 * of other methods has none. `sort` goes by their order if that means something (`asOrdered`).
 *
 * @example const size = clothes.col('size').cat.setCategories(['S', 'M', 'L'], { ordered: true })
 */
export class CategoricalAccessor<out T extends string | null> {
  readonly #series: Series<string | null>
  readonly #known: Categories | undefined

  /** Use `cat` of a column. */
  constructor(series: Series<string | null>, known: Categories | undefined) {
    this.#series = series
    this.#known = known
  }

  /** Whether the categories are known: of columns that were read they are not until somebody says or finds them. */
  get known(): boolean {
    return this.#known !== undefined
  }
  /** The texts that the column may hold. @throws DataFrameError where nobody knows them */
  get categories(): readonly string[] {
    return this.#needed().values
  }
  /** Whether the order of the categories means something. */
  get ordered(): boolean {
    return this.#known?.ordered ?? false
  }
  /** The places of the values among the categories; -1 of null. */
  get codes(): Series<number> {
    return this.#series.codesIn(this.#needed().values)
  }

  /** Finds the categories: all texts that the column holds, sorted. */
  async asKnown(): Promise<Series<T>> {
    if (this.#known !== undefined) return this.#series as unknown as Series<T>
    return this.#with(await this.#held(), false)
  }
  /** Forgets the categories. */
  asUnknown(): Series<T> {
    return this.#series.withCategories(undefined) as unknown as Series<T>
  }
  asOrdered(): Series<T> {
    return this.#with(this.#needed().values, true)
  }
  asUnordered(): Series<T> {
    return this.#with(this.#needed().values, false)
  }
  /** More categories behind those that are there. */
  addCategories(...names: string[]): Series<T> {
    const { values, ordered } = this.#needed()
    return this.#with(different([...values, ...names], 'addCategories'), ordered)
  }
  /** Fewer categories; values of them become null. */
  removeCategories(...names: string[]): Series<T | null> {
    const { values, ordered } = this.#needed()
    const missing = names.find((name) => !values.includes(name))
    if (missing !== undefined) throw new ArgumentError(`removeCategories: there is no category ${JSON.stringify(missing)}`)
    return this.#only(
      values.filter((value) => !names.includes(value)),
      ordered,
    )
  }
  /** Without the categories that no value is of. */
  async removeUnusedCategories(): Promise<Series<T>> {
    const { values, ordered } = this.#needed()
    const held = new Set(await this.#held())
    return this.#with(
      values.filter((value) => held.has(value)),
      ordered,
    )
  }
  /** Other names, by those they have or in their order. */
  renameCategories(names: Readonly<Record<string, string>> | readonly string[]): Series<T> {
    const { values, ordered } = this.#needed()
    if (Array.isArray(names) && names.length !== values.length)
      throw new ArgumentError(`renameCategories: ${names.length} names for ${values.length} categories`)
    const to = values.map((value, i) =>
      Array.isArray(names) ? (names[i] as string) : ((names as Readonly<Record<string, string>>)[value] ?? value),
    )
    const pairs = new Map(values.map((value, i) => [value, to[i]!]))
    const renamed = pairs.size === 0 ? this.#series : this.#series.withCategories(undefined).replace(pairs)
    return renamed.withCategories({ values: different(to, 'renameCategories'), ordered }) as unknown as Series<T>
  }
  /** The same categories in another order. */
  reorderCategories(names: readonly string[], { ordered = this.ordered }: { readonly ordered?: boolean } = {}): Series<T> {
    const { values } = this.#needed()
    if (names.length !== values.length || !names.every((name) => values.includes(name)))
      throw new ArgumentError(`reorderCategories: name the same categories (${values.join(', ')}), no others`)
    return this.#with(different(names, 'reorderCategories'), ordered)
  }
  /** These categories; values of no category become null. */
  setCategories(names: readonly string[], { ordered = this.ordered }: { readonly ordered?: boolean } = {}): Series<T | null> {
    return this.#only(different(names, 'setCategories'), ordered)
  }

  #only(values: readonly string[], ordered: boolean): Series<T | null> {
    const plain = this.#series.withCategories(undefined)
    return plain.where(plain.isIn(values)).withCategories({ values, ordered }) as unknown as Series<T | null>
  }

  #with(values: readonly string[], ordered: boolean): Series<T> {
    return this.#series.withCategories({ values, ordered }) as unknown as Series<T>
  }

  async #held(): Promise<string[]> {
    const values = await this.#series.withCategories(undefined).dropNa().unique().compute()
    return values.sort()
  }

  #needed(): Categories {
    if (this.#known === undefined)
      throw new DataFrameError(
        `cat: the categories of "${this.#series.name}" are not known. Name them with setCategories([...]), or find them: await ….cat.asKnown()`,
      )
    return this.#known
  }
}

function different(values: readonly string[], where: string): readonly string[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (twice !== undefined) throw new ArgumentError(`${where}: the category ${JSON.stringify(twice)} is named twice`)
  return [...values]
}
