const WITH_VALUE = /^(--import|--require|-r|--loader)$/

/**
 * Of the flags of a Node process those by which it loads code, for the processes that it starts. The others may be meant for
 * this one only (--inspect, --test).
 */
export function loaderFlags(flags: readonly string[]): string[] {
  return flags.filter(
    (flag, i) => /^(--import|--require|-r|--loader|--enable-source-maps)\b/.test(flag) || WITH_VALUE.test(flags[i - 1] ?? ''),
  )
}
