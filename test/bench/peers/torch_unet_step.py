"""U-Net training step: 8 x 1 x 128 x 128, width 16, four poolings, AdamW."""
import torch
from torch.nn import functional as F

from rounds import DEVICE, take_rounds
from unet import Unet

network = Unet(width=16, depth=5).to(DEVICE)
optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
image = torch.randn(8, 1, 128, 128, device=DEVICE)
target = (image > 0).float()


def step():
    optimizer.zero_grad()
    F.binary_cross_entropy_with_logits(network(image), target).backward()
    optimizer.step()


take_rounds(step, network.parameters())
