"""Training step of a tiny classifier: 32 x 1 x 28 x 28, two convolutions and a linear layer, AdamW."""
import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, take_rounds

network = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
).to(DEVICE)
optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
image = torch.randn(32, 1, 28, 28, device=DEVICE)
target = torch.arange(32, device=DEVICE) % 10


def step():
    optimizer.zero_grad()
    F.cross_entropy(network(image), target).backward()
    optimizer.step()


take_rounds(step, network.parameters())
