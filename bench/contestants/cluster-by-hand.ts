import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Reply, type Request, serve } from '../contestant.js'

// The least that the same work needs over sockets: two processes, numbers there and back in batches, bytes from one to the
// other. Nothing else: no scheduler, no order, no errors, no memory of what ran where. A message is its length in bytes as a
// 32-bit number, and numbers.

const BATCH = 256
const HEAD = 8
const CHUNK = 1 << 20

if (process.argv[2] === 'worker') work()
else await lead()

/** Sends back each batch with its numbers increased; a message without any asks for that many bytes. */
function work(): void {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    const chunk = new Uint8Array(CHUNK)
    onMessages(socket, (kind, numbers) => {
      if (kind === 0)
        send(
          socket,
          0,
          numbers.map((x) => x + 1),
        )
      else if (kind === 1) pour(socket, chunk, numbers[0]!)
      else void drain(numbers[0]!, numbers[1]!).then((seconds) => send(socket, 2, Float64Array.of(seconds)))
    })
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port))
  process.once('disconnect', () => process.exit())
}

/** Writes so many bytes. */
function pour(socket: Socket, chunk: Uint8Array, bytes: number): void {
  let left = bytes
  const write = (): void => {
    while (left > 0) {
      const part = left < CHUNK ? chunk.subarray(0, left) : chunk
      left -= part.length
      if (!socket.write(part)) {
        socket.once('drain', write)
        return
      }
    }
  }
  write()
}

/** Reads so many bytes from another worker into memory that is there; gives the seconds that it took. */
function drain(port: number, bytes: number): Promise<number> {
  const memory = new Uint8Array(bytes)
  memory.fill(1)
  return new Promise((resolve) => {
    let at = 0
    let started = 0
    const socket: Socket = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(CHUNK),
        callback: (length, buffer) => {
          memory.set(buffer.subarray(0, length), at)
          at += length
          if (at === bytes) {
            resolve((performance.now() - started) / 1000)
            socket.destroy()
          }
          return true
        },
      },
    })
    socket.once('connect', () => {
      started = performance.now()
      send(socket, 1, Float64Array.of(bytes))
    })
  })
}

async function lead(): Promise<void> {
  const ports = await Promise.all(
    [0, 1].map(async () => {
      const child = fork(fileURLToPath(import.meta.url), ['worker'], { stdio: ['ignore', 2, 'inherit', 'ipc'] })
      return ((await once(child, 'message')) as [number])[0]
    }),
  )
  const sockets = ports.map((port) => connect({ port, host: '127.0.0.1' }).setNoDelay(true))
  const receivers = sockets.map((socket) => {
    const receiver = { receive: (_numbers: Float64Array): void => undefined }
    onMessages(socket, (_kind, numbers) => receiver.receive(numbers))
    return receiver
  })

  const measures: Record<string, (request: Request) => Promise<Reply>> = {
    async map({ tasks }) {
      const n = tasks as number
      const started = performance.now()
      const results = new Array<number>(n)
      let next = 0
      let missing = n
      await new Promise<void>((resolve) => {
        sockets.forEach((socket, i) => {
          const asked: number[] = []
          const ask = (): void => {
            if (next >= n) return
            const from = next
            next = Math.min(n, from + BATCH)
            asked.push(from)
            send(
              socket,
              0,
              Float64Array.from({ length: next - from }, (_, k) => from + k),
            )
          }
          receivers[i]!.receive = (numbers) => {
            const from = asked.shift()!
            for (let k = 0; k < numbers.length; k++) results[from + k] = numbers[k]!
            missing -= numbers.length
            if (missing === 0) resolve()
            else ask()
          }
          // Two under way, so that a process does not wait for the next.
          ask()
          ask()
        })
      })
      const check = results.reduce((sum, x) => sum + x, 0)
      return { figures: { rate: (n / (performance.now() - started)) * 1000 }, check }
    },

    /** One number through two processes, one after the other: what a task has to travel at least. */
    async one({ calls }) {
      const n = calls as number
      const started = performance.now()
      for (let i = 0; i < n; i++) for (const which of [0, 1]) await roundTrip(which, Float64Array.of(i), 0)
      return { figures: { milliseconds: (performance.now() - started) / n } }
    },

    async transfer({ values, bytes }) {
      const total = (values as number) * (bytes as number)
      const [seconds] = await roundTrip(1, Float64Array.of(ports[0]!, total), 2)
      return { figures: { rate: total / 1e9 / seconds! } }
    },
  }

  function roundTrip(which: number, numbers: Float64Array, kind: number): Promise<Float64Array> {
    return new Promise((resolve) => {
      receivers[which]!.receive = resolve
      send(sockets[which]!, kind, numbers)
    })
  }

  await serve('a hand-written loop over sockets', [], (request) => measures[request.measure as string]!(request))
}

function send(socket: Socket, kind: number, numbers: Float64Array): void {
  const message = Buffer.allocUnsafe(HEAD + numbers.byteLength)
  message.writeUInt32LE(numbers.byteLength, 0)
  message.writeUInt32LE(kind, 4)
  message.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), HEAD)
  socket.write(message)
}

function onMessages(socket: Socket, take: (kind: number, numbers: Float64Array) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (data: Buffer) => {
    let all = rest.length > 0 ? Buffer.concat([rest, data]) : data
    while (all.length >= HEAD) {
      const length = all.readUInt32LE(0)
      if (all.length < HEAD + length) break
      // A copy, because numbers want to lie at multiples of eight.
      take(all.readUInt32LE(4), new Float64Array(new Uint8Array(all.subarray(HEAD, HEAD + length)).buffer))
      all = all.subarray(HEAD + length)
    }
    rest = all
  })
}
