"""Training step of a small diffusion U-Net, 8 x 3 x 64 x 64: residual blocks with group norm and time, attention at 16 x 16."""
import math

import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, take_rounds

TIME = 128
FREQUENCIES = 16


def half(channels, width):
    return nn.Sequential(nn.GroupNorm(8, channels), nn.SiLU(), nn.Conv2d(channels, width, 3, padding=1))


class Residual(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.first, self.second = half(channels, width), half(width, width)
        self.time = nn.Linear(TIME, width)
        self.skip = nn.Conv2d(channels, width, 1)

    def forward(self, x, time):
        return self.skip(x) + self.second(self.first(x) + self.time(time)[:, :, None, None])


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        batch, channels, height, width = x.shape
        query, key, value = self.qkv(self.norm(x)).reshape(batch, 3, channels, height * width).unbind(1)
        weights = torch.softmax(query.transpose(1, 2) @ key / math.sqrt(channels), -1)
        return x + self.out((value @ weights.transpose(1, 2)).reshape(x.shape))


class DiffusionUnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, TIME), nn.SiLU(), nn.Linear(TIME, TIME))
        self.enter = nn.Conv2d(3, 32, 3, padding=1)
        self.encoder0, self.down0 = Residual(32, 32), nn.Conv2d(32, 32, 3, stride=2, padding=1)
        self.encoder1, self.down1 = Residual(32, 64), nn.Conv2d(64, 64, 3, stride=2, padding=1)
        self.middle0, self.attention, self.middle1 = Residual(64, 128), Attention(128), Residual(128, 128)
        self.up1, self.decoder1 = nn.Conv2d(128, 64, 3, padding=1), Residual(128, 64)
        self.up0, self.decoder0 = nn.Conv2d(64, 32, 3, padding=1), Residual(64, 32)
        self.leave = half(32, 3)

    def forward(self, image, time):
        frequencies = torch.exp(-math.log(1e4) * torch.arange(FREQUENCIES, device=DEVICE) / FREQUENCIES)
        phase = time[:, None] * frequencies[None]
        time = self.time(torch.cat([phase.sin(), phase.cos()], 1))
        h0 = self.encoder0(self.enter(image), time)
        h1 = self.encoder1(self.down0(h0), time)
        h = self.middle1(self.attention(self.middle0(self.down1(h1), time)), time)
        h = self.decoder1(torch.cat([self.up1(F.interpolate(h, scale_factor=2)), h1], 1), time)
        h = self.decoder0(torch.cat([self.up0(F.interpolate(h, scale_factor=2)), h0], 1), time)
        return self.leave(h)


network = DiffusionUnet().to(DEVICE)
optimizer = torch.optim.AdamW(network.parameters(), 1e-4)
image = torch.randn(8, 3, 64, 64, device=DEVICE)
noise = torch.randn_like(image)
time = torch.rand(8, device=DEVICE) * 1000


def step():
    optimizer.zero_grad()
    F.mse_loss(network(image, time), noise).backward()
    optimizer.step()


if __name__ == "__main__":
    take_rounds(step, network.parameters())
