export { type ReadOptions, fromNpy, fromNpyStack, fromZarr } from './reading.js'
export { type BlockTarget, type ToZarrOptions, type WriteBlock, store, toNpyStack, toZarr } from './writing.js'
