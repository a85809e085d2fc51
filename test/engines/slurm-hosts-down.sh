#!/usr/bin/env bash
# Ends what slurm-hosts-up.sh has brought up, networks included.
HERE=$(cd "$(dirname "$0")" && pwd)
export SLURM_PREFIX=/var/lib/heddle-slurm-hosts SLURM_CONF=/var/lib/heddle-slurm-hosts/slurm.conf
"$HERE/slurm-down.sh"
nft delete table inet heddle 2>/dev/null
"$HERE/netns-down.sh"
