"""U-Net prediction: 1 x 1 x 512 x 512, width 16, four poolings."""
import torch

from rounds import DEVICE, take_rounds
from unet import Unet

network = Unet(width=16, depth=5).to(DEVICE).eval()
image = torch.randn(1, 1, 512, 512, device=DEVICE)


def step():
    with torch.no_grad():
        network(image)


take_rounds(step, network.parameters())
