/** The file system that a folder is on. */
export interface Mount {
  /** where it is mounted */
  readonly point: string
  /** `ext4`, `tmpfs`, `nfs4`, … */
  readonly type: string
  /** whether it is on other machines, so that many of them share it, and small files are slow */
  readonly network: boolean
}

const NETWORK =
  /^(?:9p|afs|beegfs|ceph|cifs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs|pvfs2|smb3|smbfs|wekafs)$/
const NETWORK_FUSE =
  /^fuse\.(?:sshfs|glusterfs|ceph|ceph-fuse|cvmfs2?|curlftpfs|davfs2?|gcsfuse|goofys|juicefs|mfs|rclone|s3fs|beegfs)/

/** The mount that a path (absolute, without links) is on, by the text of Linux's /proc/self/mountinfo. */
export function mountOf(path: string, mountInfo: string): Mount | undefined {
  let found: Mount | undefined
  for (const line of mountInfo.split('\n')) {
    // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/sda1 rw
    const [before, after] = line.split(' - ')
    const point = unescape(before?.split(' ')[4] ?? '')
    const type = after?.split(' ')[0]
    if (point === '' || type === undefined) continue
    const inside = path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`)
    // Of two at the same place the later covers the earlier.
    if (inside && point.length >= (found?.point.length ?? 0)) {
      found = { point, type, network: NETWORK.test(type) || NETWORK_FUSE.test(type) }
    }
  }
  return found
}

/** Spaces and the like stand as \040 there. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}
