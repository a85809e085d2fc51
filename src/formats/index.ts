export type { AvroCodec } from './avro-codec.js'
export type { AvroSchema, LongOptions } from './avro-type.js'
export { type BlockOptions, type FileBlock, type FilePart, planText } from './blocks.js'
export type { Compression } from './compression.js'
export { type CsvOptions, type CsvRow, csvBatches, planCsv, readCsv } from './csv.js'
export type { CsvGuess, CsvType, CsvValue } from './csv-columns.js'
export type { Encoding } from './encoding.js'
export { CorruptFileError, ParseError, UnsupportedCodecError, WriteError } from './errors.js'
export { type JsonLayout, type JsonOptions, jsonBatches, planJson, readJson, writeJson } from './json.js'
export { type OutputTarget, outputPaths } from './output-paths.js'
export { planLines } from './plan-lines.js'
export { csvRecordStarts, lineStartNow } from './record-starts.js'
export { lineBatches, readLines, type TextOptions } from './read-text.js'
export { type WriteTextOptions, writeText } from './write-text.js'
export { avroBatches, planAvro, readAvro, readAvroSchema } from './read-avro.js'
export { type WriteAvroOptions, writeAvro } from './write-avro.js'
export { NPY_HEADER_BYTES, type NpyHeader, npyHeader, readNpyHeader } from './npy.js'
export {
  MissingZarrita,
  type ZarrArray,
  type ZarrLayout,
  createZarr,
  describeZarr,
  isZarrType,
  readZarr,
  writeZarrChunk,
} from './zarr.js'
