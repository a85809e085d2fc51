/**
 * Marks an object that stands for a value which is somewhere else: a Future, a persisted collection. Such an object
 * defines `[dependency](): string | undefined`. Undefined says that it is a dependency, and the encoder asks
 * `options.reference` for its number; a text says why it cannot travel ("the lazy bag of books.txt; compute it first").
 */
export const dependency: unique symbol = Symbol.for('heddle.dependency')

/**
 * On a prototype: `[toTransfer]()` gives the state of an instance as plain data, for classes with private members.
 * The plain method name `toTransfer` is accepted too.
 */
export const toTransfer: unique symbol = Symbol.for('heddle.toTransfer')

/**
 * On a class: the static `[fromTransfer](state)` makes an instance of what `[toTransfer]` gave.
 * The plain method name `fromTransfer` is accepted too.
 */
export const fromTransfer: unique symbol = Symbol.for('heddle.fromTransfer')
