#!/bin/bash
# Trains one run bundle as a Slurm job: sbatch slurm.sh run-7.aliquot-run
#SBATCH --job-name=aliquot
#SBATCH --time=02:00:00
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --requeue
#SBATCH --open-mode=append
# Two minutes before the time is over, and at a preemption, the program is asked to write a checkpoint.
#SBATCH --signal=TERM@120
# For an NVIDIA card: uncomment the next line, and add --device cuda below.
##SBATCH --gres=gpu:1
set -u

bundle=$1
result="${bundle%.*}.aliquot-result"

# srun hands the signal to the program, which then exits with 75: interrupted, to be started again.
srun node "${ALIQUOT:-$HOME/aliquot}/out/main/cli.js" run "$bundle" --out "$result" --threads "${SLURM_CPUS_PER_TASK:-8}"
code=$?
if [ "$code" -eq 75 ] && [ -n "${SLURM_JOB_ID:-}" ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
