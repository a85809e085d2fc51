import { ArgumentError, describe } from '../base/index.js'
import { type OutputTarget, type WriteAvroOptions, type WriteTextOptions, outputPaths } from '../formats/index.js'
import type { Sink } from './sinks.js'

export function textSink(target: OutputTarget, partitions: number, { compression, encoding, delimiter }: WriteTextOptions): Sink {
  const options = {
    ...(compression && { compression }),
    ...(encoding && { encoding }),
    ...(delimiter !== undefined && { delimiter }),
  }
  return { kind: 'text', paths: outputPaths(target, partitions), options }
}

export function avroSink(target: OutputTarget, partitions: number, { schema, codec, longs }: WriteAvroOptions): Sink {
  if (schema === undefined) throw new ArgumentError(`toAvro: a schema is needed, not ${describe(schema)}`)
  return {
    kind: 'avro',
    paths: outputPaths(target, partitions, '.avro'),
    options: { schema, ...(codec && { codec }), ...(longs && { longs }) },
  }
}
