"""pix2pix step, batch 4, 128 x 128: the discriminator learns, then the generator against the updated discriminator.

Generator: U-Net of strided 4 x 4 convolutions, widths 32 to 256. PatchGAN on mask and image. Isola et al. 2017, arXiv:1611.07004.

Argument 1: transposed convolutions as in transposed.py.
"""
import torch
from torch import nn
from torch.nn import functional as F

from rounds import DEVICE, arguments, take_rounds
from transposed import TransposedAsGradient

WIDTHS = [32, 64, 128, 256, 256]
CRITIC_WIDTHS = [32, 64, 128]


AS_GRADIENT = arguments() == [1]
Transposed = TransposedAsGradient if AS_GRADIENT else nn.ConvTranspose2d


def down(channels, width, has_norm):
    norm = [nn.InstanceNorm2d(width, affine=True)] if has_norm else []
    return nn.Sequential(nn.Conv2d(channels, width, 4, stride=2, padding=1), *norm, nn.LeakyReLU(0.2))


def up(channels, width, is_last):
    tail = [nn.Tanh()] if is_last else [nn.InstanceNorm2d(width, affine=True), nn.ReLU()]
    return nn.Sequential(Transposed(channels, width, 4, stride=2, padding=1), *tail)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList(
            [down(before, width, level > 0) for level, (before, width) in enumerate(zip([1] + WIDTHS, WIDTHS))]
        )
        rising = []
        for level in reversed(range(len(WIDTHS))):
            joined = WIDTHS[level] * (1 if level == len(WIDTHS) - 1 else 2)
            rising.append(up(joined, WIDTHS[level - 1] if level > 0 else 3, level == 0))
        self.up = nn.ModuleList(rising)

    def forward(self, mask):
        x, skips = mask, []
        for layer in self.down:
            x = layer(x)
            skips.append(x)
        for layer, skip in zip(self.up, skips[-2::-1]):
            x = torch.cat([layer(x), skip], 1)
        return self.up[-1](x)


generator = Generator().to(DEVICE)
discriminator = nn.Sequential(
    *[down(before, width, level > 0) for level, (before, width) in enumerate(zip([4] + CRITIC_WIDTHS, CRITIC_WIDTHS))],
    nn.Conv2d(CRITIC_WIDTHS[-1], 1, 4, stride=1, padding=1),
).to(DEVICE)
generator_optimizer = torch.optim.Adam(generator.parameters(), 2e-4, betas=(0.5, 0.999))
discriminator_optimizer = torch.optim.Adam(discriminator.parameters(), 2e-4, betas=(0.5, 0.999))
mask = torch.rand(4, 1, 128, 128, device=DEVICE).round()
image = torch.rand(4, 3, 128, 128, device=DEVICE) * 2 - 1


def judge(judged):
    return discriminator(torch.cat([mask, judged], 1))


def against(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def step():
    fake = generator(mask)
    discriminator_optimizer.zero_grad()
    (against(judge(image), 1.0) + against(judge(fake.detach()), 0.0)).backward()
    discriminator_optimizer.step()
    generator_optimizer.zero_grad()
    (against(judge(fake), 1.0) + 100 * F.l1_loss(fake, image)).backward()
    generator_optimizer.step()


if __name__ == "__main__":
    note = ", transposed convolutions as gradients" if AS_GRADIENT else ""
    take_rounds(step, [*generator.parameters(), *discriminator.parameters()], note)
