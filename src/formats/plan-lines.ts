import type { FileInfo } from '../filesystem/index.js'
import { cutFile, type FileBlock, positive } from './blocks.js'
import { type Compression, compressionOf, requireCompression } from './compression.js'
import { delimiterOf, findDelimiter } from './delimiter.js'
import { checkEncoding } from './encoding.js'
import { rangePieces, type TextOptions } from './read-text.js'

/**
 * Cuts files into blocks of exactly `linesPerPartition` lines (the last of a file may have fewer), for work that is heavy for
 * every line. Unlike `planText` it must read the files, at the speed of the disk. A compressed file is one block.
 * @example
 * const blocks = await planLines(await resolveFiles('urls.txt'), 100)
 */
export async function planLines(
  files: readonly FileInfo[],
  linesPerPartition: number,
  options: Pick<TextOptions, 'encoding' | 'delimiter'> & { readonly compression?: Compression | 'infer' } = {},
): Promise<FileBlock[]> {
  positive(linesPerPartition, 'linesPerPartition')
  const delimiter = delimiterOf(options.delimiter ?? '\n', checkEncoding(options.encoding ?? 'utf-8'))
  const blocks: FileBlock[] = []
  for (const file of files) {
    const compression = compressionOf(file.path, options.compression)
    requireCompression(compression)
    const whole = cutFile(file, null, compression)[0]!
    const cuts = [0]
    let lines = 0
    if (compression === 'none') {
      for await (const { bytes, offset } of rangePieces(whole, delimiter)) {
        for (let at = findDelimiter(bytes, delimiter, 0); at >= 0; ) {
          const end = at + delimiter.bytes.length
          if (++lines % linesPerPartition === 0 && offset + end < file.size) cuts.push(offset + end)
          at = findDelimiter(bytes, delimiter, end)
        }
      }
    }
    for (const [i, start] of cuts.entries()) blocks.push({ parts: [{ ...whole, start, end: cuts[i + 1] ?? file.size }] })
  }
  return blocks
}
