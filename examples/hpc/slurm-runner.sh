#!/bin/bash
#SBATCH --nodes=2
#SBATCH --ntasks=4
#SBATCH --mem=3G
#SBATCH --time=10
#SBATCH --output=slurm-%j.log
# Submit it from the folder that has dist/: sbatch --partition=shared --account=abc examples/hpc/slurm-runner.sh
# SCRATCH: a folder that all nodes see.

srun -n 4 node dist/examples/hpc/slurm-runner.js
