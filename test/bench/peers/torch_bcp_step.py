"""A step of BCP in self-training: 4 + 4 collages of 96 x 96, four classes, 8 to 64 channels, Adam.

The network of src-main/networks/bcp-unet.ts. The images are there already and nothing is turned or filtered, which ours does too.
"""
import copy

import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, take_rounds

HALF, SIDE, CLASSES, WIDTH, DEPTH = 4, 96, 4, 8, 4
DROPOUT = [0.05, 0.1, 0.2, 0.3]
HOLE = 2 * SIDE // 3


def block(before, width, rate):
    layers = []
    for index, channels in enumerate((before, width)):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.LeakyReLU(0.01)]
        if index == 0:
            layers += [nn.Dropout(rate)]
    return nn.Sequential(*layers)


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [WIDTH << level for level in range(DEPTH)]
        self.encoder = nn.ModuleList(
            [block(1 if level == 0 else widths[level - 1], widths[level], DROPOUT[level]) for level in range(DEPTH)]
        )
        self.narrow = nn.ModuleList([nn.Conv2d(widths[level + 1], widths[level], 1) for level in range(DEPTH - 1)])
        self.decoder = nn.ModuleList([block(2 * widths[level], widths[level], 0.0) for level in range(DEPTH - 1)])
        self.head = nn.Conv2d(WIDTH, CLASSES, 3, padding=1)

    def forward(self, image):
        x, skips = image, []
        for level, encode in enumerate(self.encoder):
            x = encode(F.max_pool2d(x, 2) if level > 0 else x)
            skips.append(x)
        for level in reversed(range(DEPTH - 1)):
            up = F.interpolate(self.narrow[level](x), scale_factor=2, mode="bilinear", align_corners=True)
            x = self.decoder[level](torch.cat([skips[level], up], 1))
        return self.head(x)


def region_loss(logits, target, region):
    """Dice over the batch with squares, and cross-entropy, each in its region alone."""
    p = torch.softmax(logits, 1)
    y = F.one_hot(target, CLASSES).permute(0, 3, 1, 2).float()
    r = region[:, None]
    overlap, squares, present = (r * p * y).sum((0, 2, 3)), (r * p * p).sum((0, 2, 3)), (r * y).sum((0, 2, 3))
    dice = 1 - ((2 * overlap + 1e-10) / (squares + present + 1e-10)).mean()
    entropy = (F.cross_entropy(logits, target, reduction="none") * region).sum() / (region.expand_as(target).sum() + 1e-16)
    return dice + entropy


def mix_loss(logits, outside, inside, keep, weight_outside, weight_inside):
    return 0.5 * (weight_outside * region_loss(logits, outside, keep) + weight_inside * region_loss(logits, inside, 1 - keep))


student = Unet().to(DEVICE).train()
teacher = copy.deepcopy(student).train()
optimizer = torch.optim.Adam(student.parameters(), 3e-3)
labelled = torch.randn(2, HALF, 1, SIDE, SIDE, device=DEVICE)
unlabelled = torch.randn(2, HALF, 1, SIDE, SIDE, device=DEVICE)
truth = torch.randint(0, CLASSES, (2, HALF, SIDE, SIDE), device=DEVICE)


def step():
    with torch.no_grad():
        pseudo = [teacher(half).argmax(1) for half in unlabelled]
    keep = torch.ones(1, SIDE, SIDE, device=DEVICE)
    top, left = torch.randint(0, SIDE - HOLE, (2,)).tolist()
    keep[:, top : top + HOLE, left : left + HOLE] = 0
    out = unlabelled[0] * keep + labelled[0] * (1 - keep)
    into = labelled[1] * keep + unlabelled[1] * (1 - keep)
    optimizer.zero_grad()
    loss = mix_loss(student(out), pseudo[0], truth[0], keep, 0.5, 1) + mix_loss(student(into), truth[1], pseudo[1], keep, 1, 0.5)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for slow, fast in zip(teacher.state_dict().values(), student.state_dict().values()):
            slow.copy_(0.99 * slow + 0.01 * fast if slow.is_floating_point() else fast)


take_rounds(step, student.parameters())
