/** What lanes ask their process when an actor was made. */
export const MADE_ACTOR = 'actor'

const lane = new URL('./lane.js', import.meta.url).href

/** What lanes are asked: the exports of lane.ts. */
export const CALL_ACTOR = `${lane}#call`
export const DROP_ACTOR = `${lane}#drop`
export const COUNT_ACTORS = `${lane}#count`
