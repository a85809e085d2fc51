#!/usr/bin/env bash
# Ends what slurm-full-up.sh has brought up.
HERE=$(cd "$(dirname "$0")" && pwd)
export SLURM_PREFIX=/var/lib/heddle-slurm-full SLURM_CONF=/var/lib/heddle-slurm-full/slurm.conf
"$HERE/slurm-down.sh"
