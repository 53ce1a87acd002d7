"""One 3 x 3 convolution, forward and backward. Arguments: batch, channels in, channels out, size."""
import torch
from torch.nn import functional as F

from rounds import DEVICE, arguments, take_rounds

batch, channels, out_channels, size = arguments()
x = torch.randn(batch, channels, size, size, device=DEVICE, requires_grad=True)
w = torch.randn(out_channels, channels, 3, 3, device=DEVICE, requires_grad=True)
dy = torch.randn(batch, out_channels, size, size, device=DEVICE)


def step():
    # Gradients are added to those of the step before, as backward does unless they are cleared.
    F.conv2d(x, w, padding=1).backward(dy)


take_rounds(step, [w])
