"""One image translated by the generator of torch_reggan_step.py, with the same arguments."""
import torch

from rounds import take_rounds
from torch_reggan_step import AS_GRADIENT, generator, source


def step():
    with torch.no_grad():
        generator(source)


take_rounds(step, generator.parameters(), ", transposed convolutions as gradients" if AS_GRADIENT else "")
