"""An iteration of RegGAN (NC+R): generator and registration learn in one pass, then the discriminator from what the updated generator makes.

Kong et al. 2021, arXiv:2110.06465. Arguments: 1 for transposed convolutions as in transposed.py, batch, side, generator's width and blocks, discriminator's width and halvings, blocks in the registration's middle,
channels of its levels.
"""
import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, arguments, take_rounds
from transposed import TransposedAsGradient

AS_GRADIENT, BATCH, SIDE, WIDTH, BLOCKS, CRITIC_WIDTH, HALVINGS, MIDDLE, *DOWN = arguments()
Transposed = TransposedAsGradient if AS_GRADIENT else nn.ConvTranspose2d


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        conv = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        self.body = nn.Sequential(*conv(), nn.ReLU(), *conv())

    def forward(self, x):
        return x + self.body(x)


def build_generator():
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(1, WIDTH, 7), nn.InstanceNorm2d(WIDTH), nn.ReLU()]
    for level in range(2):
        channels = WIDTH << level
        layers += [nn.Conv2d(channels, 2 * channels, 3, 2, 1), nn.InstanceNorm2d(2 * channels), nn.ReLU()]
    layers += [Residual(4 * WIDTH) for _ in range(BLOCKS)]
    for level in (1, 0):
        channels = WIDTH << level
        layers += [Transposed(2 * channels, channels, 3, 2, 1, 1), nn.InstanceNorm2d(channels), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(WIDTH, 1, 7), nn.Tanh())


def build_discriminator():
    layers, before = [], 1
    for layer in range(HALVINGS + 1):
        channels = CRITIC_WIDTH * min(2**layer, 8)
        norm = [nn.InstanceNorm2d(channels)] if layer > 0 else []
        layers += [nn.Conv2d(before, channels, 4, 2 if layer < HALVINGS else 1, 1), *norm, nn.LeakyReLU(0.2)]
        before = channels
    return nn.Sequential(*layers, nn.Conv2d(before, 1, 4, 1, 1))


class Registration(nn.Module):
    def __init__(self):
        super().__init__()
        conv = lambda before, after, kernel: nn.Sequential(
            nn.Conv2d(before, after, kernel, 1, kernel // 2), nn.LeakyReLU(0.2)
        )
        falling = zip([2] + DOWN, DOWN)
        self.down = nn.ModuleList([nn.Sequential(conv(before, after, 3), Residual(after)) for before, after in falling])
        deepest = DOWN[-1]
        middle = [Residual(2 * deepest) for _ in range(MIDDLE)]
        self.middle = nn.Sequential(conv(deepest, 2 * deepest, 1), *middle, conv(2 * deepest, deepest, 1))
        coming = [deepest] + DOWN[:0:-1]
        self.up = nn.ModuleList(
            [conv(before + skip, skip, 3) for before, skip in zip(coming, DOWN[::-1])]
        )
        self.refine = nn.Sequential(Residual(DOWN[0]), conv(DOWN[0], DOWN[0], 1))
        self.flow = nn.Conv2d(DOWN[0], 2, 3, 1, 1)
        nn.init.normal_(self.flow.weight, 0, 1e-5)

    def forward(self, translated, target):
        x, skips = torch.cat([translated, target], 1), []
        for layer in self.down:
            x = layer(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.middle(x)
        for layer, skip in zip(self.up, skips[::-1]):
            grown = F.interpolate(x, skip.shape[2:], mode="bilinear", align_corners=False)
            x = layer(torch.cat([grown, skip], 1))
        return self.flow(self.refine(x))


rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
GRID = torch.stack([rows, columns]).float().to(DEVICE)


def warp(image, flow):
    places = 2 * (GRID + flow) / (SIDE - 1) - 1
    return F.grid_sample(image, places.flip(1).permute(0, 2, 3, 1), padding_mode="border", align_corners=True)


def smoothness(flow):
    down = flow[:, :, 1:] - flow[:, :, :-1]
    across = flow[:, :, :, 1:] - flow[:, :, :, :-1]
    return (down.square().mean() + across.square().mean()) / 2


generator, discriminator, registration = (
    network.to(DEVICE) for network in (build_generator(), build_discriminator(), Registration())
)
learning = torch.optim.Adam([*generator.parameters(), *registration.parameters()], 1e-4, betas=(0.5, 0.999))
judging = torch.optim.Adam(discriminator.parameters(), 1e-4, betas=(0.5, 0.999))
source, target = (torch.rand(BATCH, 1, SIDE, SIDE, device=DEVICE) * 2 - 1 for _ in range(2))


def score(image):
    return discriminator(image).mean((1, 2, 3))


def step():
    discriminator.requires_grad_(False)
    learning.zero_grad()
    translated = generator(source)
    flow = registration(translated, target)
    corrected = F.l1_loss(warp(translated, flow), target)
    believed = (score(translated) - 1).square().mean()
    (believed + 20 * corrected + 10 * smoothness(flow)).backward()
    learning.step()
    discriminator.requires_grad_(True)
    with torch.no_grad():
        fake = generator(source)
    judging.zero_grad()
    ((score(target) - 1).square().mean() + score(fake).square().mean()).backward()
    judging.step()


if __name__ == "__main__":
    note = ", transposed convolutions as gradients" if AS_GRADIENT else ""
    networks = (generator, discriminator, registration)
    take_rounds(step, [parameter for network in networks for parameter in network.parameters()], note)
