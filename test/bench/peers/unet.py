"""The U-Net of src-main/networks/unet.ts in PyTorch."""
import torch
from torch import nn
from torch.nn import functional as F


def block(channels, width):
    """Twice: convolution, instance norm, leaky ReLU."""
    layers = []
    for before in (channels, width):
        layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.InstanceNorm2d(width, affine=True)]
        layers += [nn.LeakyReLU(0.01, inplace=True)]
    return nn.Sequential(*layers)


class Unet(nn.Module):
    """`depth` resolutions, the full one included; one input channel."""

    def __init__(self, width, depth, classes=1):
        super().__init__()
        widths = [width << level for level in range(depth)]
        self.encoder = nn.ModuleList([block(1 if level == 0 else widths[level - 1], widths[level]) for level in range(depth)])
        self.decoder = nn.ModuleList([block(widths[level] + widths[level + 1], widths[level]) for level in range(depth - 1)])
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, image):
        x, skips = image, []
        for level, encode in enumerate(self.encoder):
            x = encode(F.max_pool2d(x, 2) if level > 0 else x)
            skips.append(x)
        for level in reversed(range(len(self.decoder))):
            x = self.decoder[level](torch.cat([skips[level], F.interpolate(x, scale_factor=2)], 1))
        return self.head(x)
