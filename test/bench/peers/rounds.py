"""What every PyTorch peer does: warm up, say who it is, then take a round of steps for each line it reads.

Command line: steps of a round, device (cpu or cuda), then what the peer needs.
Protocol: one JSON line {name, parameters}; for each line read, one JSON line {times (ms of each step), memory (peak, MiB), cpu (ms)}.
"""
import json
import resource
import sys
import time

import torch

THREADS = 2
WARM_UP = 3
DEVICE = torch.device(sys.argv[2])
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def arguments():
    """What stands on the command line after the device, as integers."""
    return [int(word) for word in sys.argv[3:]]


def finish():
    """A GPU works on while Python goes ahead: waits for it."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def take_rounds(step, parameters, note=""):
    """`step` does one step; `parameters` are all weights of the networks; `note` says what is special about this peer."""
    steps = int(sys.argv[1])
    for _ in range(WARM_UP):
        step()
    finish()
    count = sum(parameter.numel() for parameter in parameters)
    print(json.dumps({"name": f"PyTorch {torch.__version__} {DEVICE.type.upper()}{note}", "parameters": count}), flush=True)
    for _ in sys.stdin:
        times = []
        before = time.process_time()
        for _ in range(steps):
            start = time.perf_counter()
            step()
            finish()
            times.append((time.perf_counter() - start) * 1e3)
        # Linux counts in KiB, macOS in bytes.
        unit = 2**20 if sys.platform == "darwin" else 2**10
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        cpu = (time.process_time() - before) * 1e3
        print(json.dumps({"times": times, "memory": memory, "cpu": cpu}), flush=True)
