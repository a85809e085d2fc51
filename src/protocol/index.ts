export { type ReachAnyOptions, type Reached, reachAny } from './reach.js'
export { EVENT_LENGTH, readEvents, writeEvents } from './events-message.js'
export type { ClassDemand, ClusterDemand, ClusterLoad, WorkerDemand, WorkerLoad } from './cluster-load.js'
export { type Answers, ControlChannel } from './control.js'
export {
  addressOf,
  addressOfInterface,
  contactAddresses,
  isLoopback,
  isNetwork,
  namedAddress,
} from './contact-addresses.js'
export { ProtocolError, RemoteError } from './errors.js'
export { Frame } from './frames.js'
export { type GraphMessage, type LayerMessage, readGraph, writeGraph } from './graph-message.js'
export { FromClient, ToClient, ToScheduler, ToWorker } from './records.js'
export { RecordReader } from './record-reader.js'
export { RecordWriter } from './record-writer.js'
export { type ExpectedWorkers, type JobNote, ManagerLink, type ManagerNews } from './manager-link.js'
export { type PutKey, readPut, readStored, writePut, writeStored } from './put-message.js'
export { type SchedulerFile, SchedulerFileError, readSchedulerFile, writeSchedulerFile } from './scheduler-file.js'
export type { WorkerInfo, WorkerMetrics } from './worker-info.js'
export { type WorkerContext, setWorkerContext, workerContext } from './worker-context.js'
export { readGet, readValues, writeGet, writeValues } from './value-message.js'
export { type PackedFile, packFiles, staysInside, unpackFiles } from './packed-files.js'
export { type ProcessVersions, versionsHere } from './versions.js'
export {
  type ShuffleAnswer,
  ShuffleAsk,
  type ShuffleQuestion,
  ShuffleStatus,
  readShuffleAnswer,
  readShuffleQuestion,
  writeShuffleAnswer,
  writeShuffleQuestion,
} from './shuffle-message.js'
export { Session } from './session.js'
export { PeerValues, type PeerValuesOptions, type Receive } from './peer-values.js'
export type { FailureMessage } from './failure.js'
