#!/usr/bin/env bash
# Ends what slurm-accounts-up.sh has brought up.
HERE=$(cd "$(dirname "$0")" && pwd); P=/var/lib/heddle-slurm-accounts
export SLURM_PREFIX=$P SLURM_CONF=$P/slurm.conf
"$HERE/slurm-down.sh"
end() {
  # What has its number may be somebody else.
  [ -s "$1" ] && p=$(cat "$1") && [ "$(cat "/proc/$p/comm" 2>/dev/null)" = "$2" ] || return 0
  kill "$p"; for k in $(seq 100); do [ -r "/proc/$p/stat" ] && [ "$(sed 's/.*) //; s/ .*//' "/proc/$p/stat")" != Z ] || return 0; sleep .1; done
  kill -9 "$p"
}
end $P/dbd.pid slurmdbd; end $P/mariadbd.pid mariadbd; exit 0
