export {
  COUNT_WIDTH,
  type Digest,
  type DigestGraph,
  GIVEN,
  type LogLevel,
  type LogLine,
  RUN_WIDTH,
  RunRow,
  RunStatus,
  WORKER_WIDTH,
  type WorkerFacts,
  type WorkerSample,
  decodeDigest,
  encodeDigest,
} from './digest.js'
export { Digester, type DigesterOptions } from './digester.js'
export type { GroupModel } from './groups.js'
export {
  type ErrorGroup,
  type GraphModel,
  type ModelLine,
  OTHERS,
  type RunColumn,
  RunModel,
  type RunModelOptions,
  type SpanModel,
  type WorkerColumn,
  type WorkerModel,
} from './run-model.js'
export { type RunRecord, RunRing } from './run-ring.js'
export { TimeBins } from './time-bins.js'
