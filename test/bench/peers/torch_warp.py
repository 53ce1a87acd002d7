"""A warp by bilinear interpolation, forward and backward. Arguments: batch, side."""
import torch
from torch.nn import functional as F

from rounds import DEVICE, arguments, take_rounds

BATCH, SIDE = arguments()
rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
GRID = torch.stack([rows, columns]).float().to(DEVICE)
image = torch.randn(BATCH, 1, SIDE, SIDE, device=DEVICE, requires_grad=True)
flow = (3 * torch.randn(BATCH, 2, SIDE, SIDE, device=DEVICE)).requires_grad_()
cotangent = torch.randn(BATCH, 1, SIDE, SIDE, device=DEVICE)


def step():
    places = 2 * (GRID + flow) / (SIDE - 1) - 1
    y = F.grid_sample(image, places.flip(1).permute(0, 2, 3, 1), padding_mode="border", align_corners=True)
    torch.autograd.grad(y, [image, flow], cotangent)


if __name__ == "__main__":
    take_rounds(step, [])
