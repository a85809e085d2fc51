#!/usr/bin/env bash
# mpi-up.sh — mpirun of Open MPI and of MPICH, side by side; they keep the names mpirun.openmpi and mpirun.mpich. Idempotent, root.
set -euo pipefail
if ! command -v mpirun.openmpi >/dev/null || ! command -v mpirun.mpich >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  apt-get install -y -qq --no-install-recommends openmpi-bin mpich >"$log" 2>&1 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends openmpi-bin mpich >"$log" 2>&1; } || { tail -5 "$log" >&2; exit 1; }
  rm -f "$log"
fi
mpirun.openmpi --version | head -1
mpirun.mpich --version | sed -n 's/ *Version: */MPICH /p'
