#!/usr/bin/env bash
# slurm-full-up.sh — a Slurm of one node whose queue takes four jobs, beside the one of slurm-up.sh. Prints the exports that its
# commands need.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
export SLURM_PREFIX=/var/lib/heddle-slurm-full SLURM_CONF=/var/lib/heddle-slurm-full/slurm.conf SLURM_PORT=6837 SLURM_NODE_PORTS=17100
export SLURM_MAX_JOBS=4 SLURM_MIN_AGE=2
"$HERE/slurm-up.sh" 1 >/dev/null
echo "export SLURM_CONF=$SLURM_CONF"
