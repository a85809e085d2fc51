#!/bin/bash
#SBATCH --nodes=2
#SBATCH --ntasks=4
#SBATCH --time=10
# Submit it from the folder that has dist/: sbatch --account=abc examples/hpc/mpi.sh

srun -n 4 node dist/examples/hpc/mpi.js "$@"
