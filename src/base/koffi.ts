import { createRequire } from 'node:module'

/** What of koffi, which calls functions of the system's libraries, is used. */
export interface Koffi {
  /** @param path null: what this process has loaded anyway */
  load(path: string | null): { func(prototype: string): (...args: readonly unknown[]) => unknown }
  address(memory: ArrayBufferView): bigint
}

/**
 * The package koffi, which is optional.
 *
 * @throws whatever keeps it from being loaded
 */
export const loadKoffi = (): Koffi => createRequire(import.meta.url)('koffi') as Koffi
