export {
  type GroupAccount,
  type PathAccount,
  type SpanAccount,
  type SpanShare,
  type WorkerAccount,
  addAccount,
  groupAccount,
} from './account.js'
export {
  type Accounts,
  AccountingFold,
  type ClientAccount,
  type GroupName,
  groupKey,
  groupsOf,
  spanAccounts,
} from './accounting.js'
export { adviceOn } from './advice.js'
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
export { mergeAccounts } from './merge-accounts.js'
export { MOST_BYTES, type RunListener, type RunRows, type RunWatcher } from './graph-account.js'
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
