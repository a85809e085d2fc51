#!/usr/bin/env bash
# mpi-up.sh — mpirun of Open MPI and of MPICH, side by side; they keep the names mpirun.openmpi and mpirun.mpich. Idempotent, root.
set -euo pipefail
if ! command -v mpirun.openmpi >/dev/null || ! command -v mpirun.mpich >/dev/null; then
  bash "$(dirname "$0")/install.sh" openmpi-bin mpich
fi
mpirun.openmpi --version | head -1
mpirun.mpich --version | sed -n 's/ *Version: */MPICH /p'
