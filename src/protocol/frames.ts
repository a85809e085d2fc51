/** What the frames of a connection are. */
export const Frame = {
  /** records of 32-bit words: see records.ts */
  records: 1,
  /** a question that wants an answer: see control.ts */
  request: 2,
  /** the answer */
  reply: 3,
  /** something to know, which wants no answer */
  notice: 4,
  /** a graph to be run: see graph-message.ts */
  graph: 5,
  /** a request for values, and the values: see value-message.ts */
  get: 6,
  values: 7,
  /** how many frames have come: see session.ts */
  acknowledge: 8,
  /** a value that is put on a worker, and that it is there: see put-message.ts */
  put: 9,
  stored: 10,
  /** what happened to a client's graphs: see events-message.ts */
  events: 11,
  /** a call of an actor, and its answer: see actors/ */
  call: 20,
  called: 21,
  /** what a worker asks another one for a shuffle, and the answer: see shuffle-message.ts */
  shuffle: 16,
  shuffled: 17,
} as const
