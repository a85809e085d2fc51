#!/usr/bin/env bash
# slurm-hosts-up.sh [HOSTS=3] — a Slurm whose nodes have addresses and names of their own (network namespaces), beside the one of
# slurm-up.sh. This machine is the login node, 10.77.0.254; node1..nodeN are 10.77.0.1..N. Prints the exports that its commands need.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); N=${1:-3}
if ! command -v ip >/dev/null || ! command -v nft >/dev/null; then bash "$HERE/install.sh" iproute2 nftables; fi
export SLURM_PREFIX=/var/lib/heddle-slurm-hosts SLURM_CONF=/var/lib/heddle-slurm-hosts/slurm.conf SLURM_PORT=6827 SLURM_NETNS=1
if [ -s "$SLURM_CONF" ]; then "$HERE/slurm-down.sh" >/dev/null 2>&1 || true; fi
# The firewall of a test that was killed.
nft delete table inet heddle 2>/dev/null || true
"$HERE/netns-up.sh" "$N" >/dev/null
"$HERE/slurm-up.sh" "$N" >/dev/null
echo "export SLURM_CONF=$SLURM_CONF"
