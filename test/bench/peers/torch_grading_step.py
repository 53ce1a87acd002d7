"""Training step of the two looks of a grader: 32 x 1 x 64 x 64 and 4 regions of 24 x 24 each, AMSGrad; docs: src-main/methods/grading."""
import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, take_rounds

BATCH, SIZE, COUNT, SIDE, CLASSES, WIDTH, ATTENTION = 32, 64, 4, 24, 4, 8, 32


class Block(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.conv0 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norm0 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.shortcut = None
        if stride != 1 or before != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.norm1(self.conv1(F.relu(self.norm0(self.conv0(x)))))
        return F.relu((x if self.shortcut is None else self.shortcut(x)) + y)


def trunk(stride):
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 3, stride, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU(),
        Block(WIDTH, WIDTH, 1), Block(WIDTH, 2 * WIDTH, 2), Block(2 * WIDTH, 4 * WIDTH, 2),
    )


class Looks(nn.Module):
    def __init__(self):
        super().__init__()
        features = 4 * WIDTH
        self.whole, self.close = trunk(2), trunk(1)
        self.saliency = nn.Conv2d(features, CLASSES, 1, bias=False)
        self.value = nn.Linear(features, ATTENTION, bias=False)
        self.gate = nn.Linear(features, ATTENTION, bias=False)
        self.score = nn.Linear(ATTENTION, 1, bias=False)
        self.head = nn.Linear(features, CLASSES, bias=False)

    def forward(self, image, regions):
        whole = self.saliency(self.whole(image)).flatten(2).mean(2)
        each = self.close(regions).mean((2, 3)).view(BATCH, COUNT, -1)
        attention = torch.softmax(self.score(torch.tanh(self.value(each)) * torch.sigmoid(self.gate(each))), 1)
        return whole, self.head((attention * each).sum(1))


network = Looks().to(DEVICE)
optimizer = torch.optim.Adam(network.parameters(), 1e-3, amsgrad=True)
image = torch.randn(BATCH, 1, SIZE, SIZE, device=DEVICE)
regions = torch.randn(BATCH * COUNT, 1, SIDE, SIDE, device=DEVICE)
grade = torch.arange(BATCH, device=DEVICE) % CLASSES


def step():
    optimizer.zero_grad()
    whole, close = network(image, regions)
    both = (whole + close) / 2
    (F.cross_entropy(both, grade) + F.cross_entropy(whole, grade) + F.cross_entropy(close, grade)).backward()
    optimizer.step()


# Running statistics are states of ours too.
statistics = [each for each in network.buffers() if each.is_floating_point()]
take_rounds(step, [*network.parameters(), *statistics])
