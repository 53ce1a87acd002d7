"""Training step of stage S of Siamese-Diffusion, size S (width 48) or M (width 64): 8 x 3 x 64 x 64, blocks of 2 x 2 pixels as channels, both branches and online augmentation.

The same networks, passes and losses as src-main/methods/siamese-diffusion: the encoder is frozen, the second look of the decoder passes
gradients to its inputs alone, three of eight samples go through augmentation; averages of control and decoder.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, arguments, take_rounds

(WIDTH,) = arguments()
MULTIPLIERS, HINT, LATENT = (1, 2, 3), 8, 12
TIME = 4 * WIDTH
BATCH, AUGMENTED = 8, 3


def conv(channels, width, stride=1):
    return nn.Conv2d(channels, width, 3, stride=stride, padding=1)


class Residual(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.norm0, self.conv0 = nn.GroupNorm(8, channels), conv(channels, width)
        self.time = nn.Linear(TIME, width)
        self.norm1, self.conv1 = nn.GroupNorm(8, width), conv(width, width)
        self.skip = nn.Conv2d(channels, width, 1) if channels != width else nn.Identity()

    def forward(self, x, time):
        h = self.conv0(F.silu(self.norm0(x))) + self.time(F.silu(time))[:, :, None, None]
        return self.skip(x) + self.conv1(F.silu(self.norm1(h)))


class Attention(nn.Module):
    def __init__(self, channels, heads=2):
        super().__init__()
        self.norm, self.heads = nn.GroupNorm(8, channels), heads
        self.qkv, self.out = nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        batch, channels, height, width = x.shape
        shape = (batch, 3, self.heads, channels // self.heads, height * width)
        query, key, value = self.qkv(self.norm(x)).reshape(shape).unbind(1)
        weights = torch.softmax(query.transpose(-1, -2) @ key / math.sqrt(channels // self.heads), -1)
        return x + self.out((value @ weights.transpose(-1, -2)).reshape(x.shape))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(WIDTH, TIME), nn.SiLU(), nn.Linear(TIME, TIME))
        self.condition = nn.Embedding(2, TIME)
        self.enter = conv(LATENT, WIDTH)
        a, b, c = (WIDTH * one for one in MULTIPLIERS)
        self.block0 = Residual(WIDTH, a)
        self.down1, self.block1 = conv(a, a, 2), Residual(a, b)
        self.down2, self.block2, self.attention2 = conv(b, b, 2), Residual(b, c), Attention(c)
        self.middle0, self.attention, self.middle1 = Residual(c, c), Attention(c), Residual(c, c)

    def forward(self, latent, time, condition, hint=None):
        half = WIDTH // 2
        phase = time[:, None] * torch.exp(-math.log(1e4) * torch.arange(half, device=DEVICE) / half)[None]
        embedding = self.time(torch.cat([phase.cos(), phase.sin()], 1)) + self.condition(condition)
        x = self.enter(latent) if hint is None else self.enter(latent) + hint
        rows = [x]
        x = self.block0(x, embedding)
        rows.append(x)
        x = self.down1(x)
        rows.append(x)
        x = self.block1(x, embedding)
        rows.append(x)
        x = self.down2(x)
        rows.append(x)
        x = self.attention2(self.block2(x, embedding))
        rows.append(x)
        rows.append(self.middle1(self.attention(self.middle0(x, embedding)), embedding))
        return rows, embedding


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        a, b, c = (WIDTH * one for one in MULTIPLIERS)
        self.blocks = nn.ModuleList(
            [Residual(c + c, c), Residual(c + b, c), Residual(c + b, b), Residual(b + a, b), Residual(b + a, a), Residual(a + WIDTH, a)]
        )
        self.attentions = nn.ModuleList([Attention(c), Attention(c)])
        self.ups = nn.ModuleList([conv(c, c), conv(b, b)])
        self.norm, self.leave = nn.GroupNorm(8, a), conv(a, LATENT)

    def forward(self, rows, embedding, maps):
        rows = [row + one for row, one in zip(rows, maps)]
        x = rows.pop()
        for index, block in enumerate(self.blocks):
            x = block(torch.cat([x, rows.pop()], 1), embedding)
            if index < 2:
                x = self.attentions[index](x)
            if index in (1, 3):
                x = self.ups[index // 2](F.interpolate(x, scale_factor=2))
        return self.leave(F.silu(self.norm(x)))


class DenseHint(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (HINT, 2 * HINT, 4 * HINT)
        self.convs = nn.ModuleList([conv(3, widths[0]), conv(widths[0], widths[1]), conv(widths[2], widths[2])])
        self.firsts = nn.ModuleList([conv(one, one) for one in widths])
        self.seconds = nn.ModuleList([conv(one, one) for one in widths])
        self.norm, self.merge = nn.LayerNorm(4 * widths[1]), nn.Linear(4 * widths[1], widths[2])
        self.out = conv(widths[2], WIDTH)

    def block(self, index, x):
        x = self.convs[index](x)
        return F.silu(self.seconds[index](F.silu(self.firsts[index](x))) + x)

    def forward(self, picture):
        x = self.block(1, self.block(0, picture))
        x = torch.cat([x[:, :, 0::2, 0::2], x[:, :, 1::2, 0::2], x[:, :, 0::2, 1::2], x[:, :, 1::2, 1::2]], 1)
        x = self.merge(self.norm(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        return self.out(self.block(2, x))


class Control(nn.Module):
    def __init__(self):
        super().__init__()
        self.hint, self.encoder = DenseHint(), Encoder()
        a, b, c = (WIDTH * one for one in MULTIPLIERS)
        self.outlets = nn.ModuleList([nn.Conv2d(one, one, 1) for one in (WIDTH, a, a, b, b, c, c)])

    def forward(self, latent, time, condition, hint):
        rows, _ = self.encoder(latent, time, condition, hint)
        return [outlet(row) for outlet, row in zip(self.outlets, rows)]


encoder, decoder, control = Encoder().to(DEVICE), Decoder().to(DEVICE), Control().to(DEVICE)
frozen = Decoder().to(DEVICE)
encoder.requires_grad_(False)
frozen.requires_grad_(False)
# The second look is at the same numbers, without a gradient to them: no copy.
for own, other in zip(frozen.parameters(), decoder.parameters()):
    own.data = other.data
trained = [*decoder.parameters(), *control.parameters()]
averages = [one.detach().clone() for one in trained]
optimizer = torch.optim.AdamW(trained, 1e-4)

image = torch.rand(BATCH, 3, 64, 64, device=DEVICE)
mask = (torch.rand(BATCH, 1, 64, 64, device=DEVICE) < 0.3).float().repeat(1, 3, 1, 1)
noise = torch.randn(BATCH, LATENT, 32, 32, device=DEVICE)
time = torch.tensor([50.0, 120.0, 190.0, 400.0, 500.0, 700.0, 800.0, 900.0], device=DEVICE)
power = torch.linspace(0.95, 0.02, BATCH, device=DEVICE)[:, None, None, None]
signal, level = power.sqrt(), (1 - power).sqrt()
condition = torch.ones(BATCH, dtype=torch.long, device=DEVICE)
weights = torch.ones(AUGMENTED, device=DEVICE)
IMAGE_WEIGHT = 0.5


def step():
    optimizer.zero_grad()
    clean = F.pixel_unshuffle(2 * image - 1, 2) * 2.0
    latent = signal * clean + level * noise
    target = signal * noise - level * clean
    with torch.no_grad():
        rows, embedding = encoder(latent, time, condition)
    hint = control.hint(mask)
    masked = control(latent, time, condition, hint)
    imaged = control(latent, time, condition, control.hint(image))
    mixed = [one.detach() + IMAGE_WEIGHT * other for one, other in zip(masked, imaged)]
    predicted, anchor = decoder(rows, embedding, masked), frozen(rows, embedding, mixed)
    loss = F.mse_loss(predicted, target) + F.mse_loss(anchor, target) + F.mse_loss(predicted, anchor.detach())

    s, n, first = signal[:AUGMENTED], level[:AUGMENTED], latent[:AUGMENTED]
    again = s * first - n * anchor.detach()[:AUGMENTED]
    renoised = s * again + n * noise[:AUGMENTED]
    at = (time[:AUGMENTED], condition[:AUGMENTED])
    with torch.no_grad():
        rows, embedding = encoder(renoised, *at)
    second = decoder(rows, embedding, control(renoised, *at, hint[:AUGMENTED]))
    errors = (second - (s * noise[:AUGMENTED] - n * again)).square().mean((1, 2, 3))
    loss = loss + (errors * weights).sum() / BATCH
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        torch._foreach_mul_(averages, 0.999)
        torch._foreach_add_(averages, trained, alpha=0.001)


if __name__ == "__main__":
    take_rounds(step, trained)
