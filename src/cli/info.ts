import { formatBytes } from '../base/index.js'
import type { CommandInput } from './command.js'
import { type SystemInfo, type SystemLibraryInfo, systemInfo } from './system-info.js'
import { bold, dim } from './terminal.js'

/** `heddle info` */
export function run({ options, terminal }: CommandInput): number {
  const info = systemInfo()
  if (options.json) terminal.print(JSON.stringify(info, undefined, 2))
  else {
    const rows = infoRows(info)
    const width = Math.max(...rows.map(([name]) => name.length))
    const lines = rows.map(
      ([name, text, remark]) => `${bold(name.padEnd(width), terminal)}  ${text}${remark && `  ${dim(remark, terminal)}`}`,
    )
    terminal.print(lines.join('\n'))
  }
  return 0
}

/** Name, what there is, and what to make of it. */
function infoRows(info: SystemInfo): [name: string, text: string, remark: string][] {
  const { node, system, cores, memory, temporaryDirectory: temporary, wasm } = info
  const limit = memory.limit === null ? '' : `; this process may use ${formatBytes(memory.limit)}`
  const found = info.configFiles.filter(({ state }) => state !== 'absent')
  return [
    ['Heddle', info.heddle, ''],
    ['Node', `${node.version} (V8 ${node.v8})`, node.path],
    ['System', `${system.platform} ${system.arch}, ${system.release}`, ''],
    ['Cores', `${cores.available} of ${cores.present} are available`, cores.model],
    ['Memory', `${formatBytes(memory.total)}, ${formatBytes(memory.free)} free${limit}`, ''],
    ['Temporary folder', ...temporaryText(temporary)],
    ['Shared memory', yes(info.sharedMemory), ''],
    [
      'WebAssembly',
      `SIMD ${yes(wasm.simd)}, relaxed SIMD ${yes(wasm.relaxedSimd)}, threads ${yes(wasm.threads)}, memory64 ${yes(wasm.memory64)}`,
      '',
    ],
    ['Inspector', yes(info.inspector), info.inspector ? '' : 'closures cannot be sent to threads, processes or workers'],
    ['zstd', yes(info.zstd), ''],
    ['Matrices', ...libraryText(info.libraries.openblas, 'OpenBLAS')],
    ['Sorting', ...libraryText(info.libraries.highway, 'Highway')],
    ...(found.length === 0
      ? [
          ['Settings', 'no files', `looked for ${info.configFiles.map(({ path }) => path).join(', ')}`] as [
            string,
            string,
            string,
          ],
        ]
      : found.map(({ path, state }, i): [string, string, string] => [
          i === 0 ? 'Settings' : '',
          path,
          state === 'found' ? '' : 'cannot be read',
        ])),
  ]
}

function temporaryText({ path, problem, free, total, mount }: SystemInfo['temporaryDirectory']): [text: string, remark: string] {
  if (free === null || total === null) return [path, `cannot be used: ${problem}`]
  const remark = mount?.network
    ? 'a network file system: set temporaryDirectory to a folder on a local disk'
    : mount?.type === 'tmpfs'
      ? 'in memory: what is spilled there frees none'
      : ''
  return [`${path}, ${formatBytes(free)} free of ${formatBytes(total)}${mount ? `, ${mount.type}` : ''}`, remark]
}

/** What of the system does a part of the work on arrays, or that Heddle does it. */
function libraryText({ path, problem }: SystemLibraryInfo, name: string): [text: string, remark: string] {
  if (problem !== null) return [`${name} cannot be used`, problem]
  return path === null ? ["Heddle's own kernels", `the system has no ${name}, or it is switched off`] : [`${name}, ${path}`, '']
}

const yes = (is: boolean): string => (is ? 'yes' : 'no')
