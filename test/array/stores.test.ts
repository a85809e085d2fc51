import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as da from '../../src/array/index.js'
import { config } from '../../src/config/index.js'
import { FileNotFoundError } from '../../src/filesystem/index.js'
import { npyHeader } from '../../src/formats/index.js'
import { assertSame, localOf, type Packed } from './packed.js'

const folder = mkdtempSync(join(tmpdir(), 'heddle-stores-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const inline = <T>(run: () => Promise<T>): Promise<T> => config.with({ executor: 'inline' }, run)

const file = fileURLToPath(new URL('../../../test/oracle/fixtures/array-operations.json', import.meta.url))
const { npy } = JSON.parse(readFileSync(file, 'utf8')) as { readonly npy: readonly { array: Packed; file: string }[] }

test('.npy files of NumPy are read, and written as NumPy writes them', () =>
  inline(async () => {
    for (const [i, { array, file: text }] of npy.entries()) {
      const bytes = Buffer.from(text, 'base64')
      const path = join(folder, `${i}.npy`)
      writeFileSync(path, bytes)
      const expected = localOf(array)
      for (const chunks of [-1, 2] as const) {
        const x = await da.fromNpy(path, { chunks: expected.ndim === 0 ? 'auto' : chunks })
        assertSame(await x.compute(), expected, 0, `${array.dtype} [${array.shape.join(', ')}]`)
      }
      const own = Buffer.concat([npyHeader(expected.dtype, expected.shape), new Uint8Array(expected.data.buffer)])
      // NumPy leaves room for the header to grow; what counts is that both are read alike.
      writeFileSync(path, own)
      assertSame(await (await da.fromNpy(path)).compute(), expected, 0, array.dtype)
      assert.equal(own.length % 64, expected.data.byteLength % 64)
    }
    const bad = join(folder, 'bad.npy')
    writeFileSync(bad, 'something else entirely')
    await assert.rejects(da.fromNpy(bad), /no \.npy file/)
    await assert.rejects(da.fromNpy(join(folder, 'missing.npy')), FileNotFoundError)
  }))

test('stacks of .npy files come back as they were', () =>
  inline(async () => {
    const x = da.arange(60, { chunks: 7 }).reshape([6, 10]).rechunk([4, 3])
    for (const axis of [0, 1]) {
      const path = join(folder, `stack${axis}`)
      await da.toNpyStack(path, x, { axis })
      const back = await da.fromNpyStack(path)
      assert.deepEqual(back.chunks[axis], x.chunks[axis])
      assertSame(await back.compute(), await x.compute(), 0, `axis ${axis}`)
    }
  }))

test('Zarr arrays of versions 2 and 3 come back as they were, in any chunks', () =>
  inline(async () => {
    for (const version of [2, 3] as const) {
      for (const compression of ['gzip', null] as const) {
        for (const dtype of ['float64', 'int64', 'uint8', 'bool', 'float32', 'uint16'] as const) {
          const shape = [7, 10]
          const x = da.random.defaultRng(4).integers({ high: 2, size: shape, chunks: [3, 4] })
          const y = new da.ChunkedArray(x.expression).astype(dtype)
          const path = join(folder, `v${version}-${compression}-${dtype}.zarr`)
          await da.toZarr(y, path, { version, compression, attributes: { unit: 'm' } })
          const expected = await y.compute()
          for (const chunks of [undefined, -1, 2] as const) {
            const back = await da.fromZarr(path, { chunks })
            if (chunks === undefined) assert.deepEqual(back.chunks, y.chunks)
            assertSame(await back.compute(), expected, 0, `${version} ${compression} ${dtype} ${chunks}`)
          }
        }
      }
    }
    const irregular = da.arange(10).rechunk([[5, 2, 3]])
    await da.toZarr(irregular, join(folder, 'irregular.zarr'))
    assertSame(await (await da.fromZarr(join(folder, 'irregular.zarr'))).compute(), await irregular.compute(), 0, 'irregular')
    const scalar = da.full([], 3.5)
    await da.toZarr(scalar, join(folder, 'scalar.zarr'))
    assert.equal((await (await da.fromZarr(join(folder, 'scalar.zarr'))).compute()).item(), 3.5)
    await assert.rejects(da.toZarr(irregular, join(folder, 'irregular.zarr')), /something already/)
    await da.toZarr(irregular.add(1), join(folder, 'irregular.zarr'), { overwrite: true })
    assert.equal((await (await da.fromZarr(join(folder, 'irregular.zarr'))).compute()).get(0), 1n)
    await assert.rejects(da.fromZarr(join(folder, 'nothing.zarr')), FileNotFoundError)
    await assert.rejects(da.toZarr(da.zeros(3, { dtype: 'complex64' }), join(folder, 'c.zarr')), /no type for complex64/)
  }))

test('threads write and read Zarr', () =>
  config.with({ executor: 'threads', threads: 2 }, async () => {
    const x = da.random.defaultRng(1).normal({ size: [40, 30], chunks: 11 })
    const path = join(folder, 'threads.zarr')
    await da.toZarr(x, path)
    assertSame(await (await da.fromZarr(path)).compute(), await x.compute(), 0, 'threads')
  }))

test('store hands each block to a function, and fills arrays', () =>
  inline(async () => {
    const x = da.arange(20).reshape([4, 5]).rechunk(3)
    const expected = await x.compute()
    const got = new da.NdArray('int64', [4, 5], new BigInt64Array(20))
    const seen: string[] = []
    await da.store(x, (block, [row, column]) => {
      seen.push(`${row},${column}`)
      for (let i = 0; i < block.shape[0]!; i++)
        for (let j = 0; j < block.shape[1]!; j++) got.data[(row! + i) * 5 + column! + j] = block.get(i, j) as bigint
    })
    assert.deepEqual(seen.sort(), ['0,0', '0,3', '3,0', '3,3'])
    assertSame(got, expected, 0, 'function')
    const filled = new da.NdArray('int64', [4, 5], new BigInt64Array(20))
    await da.store(x, filled)
    assertSame(filled, expected, 0, 'array')
    await assert.rejects(da.store(x, new da.NdArray('int64', [20], new BigInt64Array(20))), /into one of/)
    await assert.rejects(da.store(x, 5 as never), /expected a function/)
  }))
