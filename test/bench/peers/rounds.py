"""What every PyTorch peer does: warm up, say who it is, then take a round of steps for each line it reads.

Protocol: one JSON line {name, parameters}; for each line read, one JSON line {times (ms of each step), memory (peak, MiB)}.
"""
import json
import resource
import sys
import time

import torch

THREADS = 2
WARM_UP = 3
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def arguments():
    """What stands on the command line after the number of steps, as integers."""
    return [int(word) for word in sys.argv[2:]]


def take_rounds(step, parameters):
    """`step` does one step; `parameters` are all weights of the networks."""
    steps = int(sys.argv[1])
    for _ in range(WARM_UP):
        step()
    count = sum(parameter.numel() for parameter in parameters)
    print(json.dumps({"name": f"PyTorch {torch.__version__} CPU", "parameters": count}), flush=True)
    for _ in sys.stdin:
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1e3)
        # Linux counts in KiB, macOS in bytes.
        unit = 2**20 if sys.platform == "darwin" else 2**10
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        print(json.dumps({"times": times, "memory": memory}), flush=True)
