"""An iteration of GenSeg, batch 4, 128 x 128: discriminator, generator, architecture by the exact hypergradient, segmenter.

The networks of src-main/networks/mask-generator.ts, patch-discriminator.ts and unet.ts, each cell merged into one transposed convolution as there.
Images and deformed masks are there already, which ours makes at each step.

Argument 1: every convolution, its two gradients and theirs are written as one another (`Convolution`, `InputGradient`, `WeightGradient`), each by
PyTorch's fast kernels. On the CPU PyTorch's own transposed convolutions (slow_conv_transpose2d) and second derivatives of convolutions take
nearly all of the step, so that the plain step says little about anything else.

Argument 2: the two savings of ours by hand. The halves of a batch have passes of their own, so that second derivatives go through the synthetic half
alone, and the segmenter takes the slopes that the architecture's virtual step has already.
"""
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.stateless import functional_call

from rounds import DEVICE, arguments, take_rounds
from unet import Unet

BATCH, SIDE, LEVELS = 4, 128, 5
WIDTHS = [16, 32, 64, 128, 128]
RATE = 1e-3
IS_CLOSED, IS_SHARED = (argument == 1 for argument in arguments())


def adjoint(slope, image, weight, stride, padding, wanted):
    geometry = ([stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1)
    mask = [wanted == "image", wanted == "weight", False]
    found = torch.ops.aten.convolution_backward(slope, image, weight, None, *geometry, mask)
    return found[0] if wanted == "image" else found[1]


class Convolution(torch.autograd.Function):
    """image [N, K, H, W], weight [C, K, k, k] -> [N, C, H', W']; differentiable as often as wanted."""

    @staticmethod
    def forward(context, image, weight, stride, padding):
        context.save_for_backward(image, weight)
        context.geometry = stride, padding
        return F.conv2d(image, weight, stride=stride, padding=padding)

    @staticmethod
    def backward(context, slope):
        image, weight = context.saved_tensors
        of_image, of_weight = context.needs_input_grad[:2]
        slope = slope.contiguous()
        return (
            InputGradient.apply(slope, weight, image.shape, *context.geometry) if of_image else None,
            WeightGradient.apply(image, slope, weight.shape, *context.geometry) if of_weight else None,
            None,
            None,
        )


class InputGradient(torch.autograd.Function):
    """Of a convolution, by its image, of that shape: a transposed convolution of `slope`."""

    @staticmethod
    def forward(context, slope, weight, shape, stride, padding):
        context.save_for_backward(slope, weight)
        context.geometry = stride, padding
        return adjoint(slope, slope.new_empty(shape), weight, stride, padding, "image")

    @staticmethod
    def backward(context, image):
        slope, weight = context.saved_tensors
        of_slope, of_weight = context.needs_input_grad[:2]
        image = image.contiguous()
        return (
            Convolution.apply(image, weight, *context.geometry) if of_slope else None,
            WeightGradient.apply(image, slope, weight.shape, *context.geometry) if of_weight else None,
            None,
            None,
            None,
        )


class WeightGradient(torch.autograd.Function):
    """Of a convolution, by its weight, of that shape."""

    @staticmethod
    def forward(context, image, slope, shape, stride, padding):
        context.save_for_backward(image, slope)
        context.geometry = stride, padding
        return adjoint(slope, image, image.new_empty(shape), stride, padding, "weight")

    @staticmethod
    def backward(context, weight):
        image, slope = context.saved_tensors
        of_image, of_slope = context.needs_input_grad[:2]
        weight = weight.contiguous()
        return (
            InputGradient.apply(slope, weight, image.shape, *context.geometry) if of_image else None,
            Convolution.apply(image, weight, *context.geometry) if of_slope else None,
            None,
            None,
            None,
        )


class ClosedConv2d(nn.Conv2d):
    def forward(self, image):
        y = Convolution.apply(image, self.weight, self.stride[0], self.padding[0])
        return y if self.bias is None else y + self.bias[:, None, None]


def transposed(x, weight):
    """8 x 8, stride 2, padding 3: x [N, C, H, W], weight [C, K, 8, 8] -> [N, K, 2H, 2W]."""
    if not IS_CLOSED:
        return F.conv_transpose2d(x, weight, stride=2, padding=3)
    shape = (x.shape[0], weight.shape[1], 2 * x.shape[2], 2 * x.shape[3])
    return InputGradient.apply(x, weight, shape, 2, 3)


class Cell(nn.Module):
    """Three concentric transposed convolutions, mixed into one."""

    def __init__(self, before, after, has_bias):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.randn(before, after, k, k) * 0.08 / k) for k in (4, 6, 8)])
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(after)) for _ in range(3)] if has_bias else [])

    def forward(self, x, shares):
        weight = sum(F.pad(w, [2 - index] * 4) * shares[index] for index, w in enumerate(self.weights))
        y = transposed(x, weight)
        if len(self.biases) == 0:
            return y
        return y + sum(bias * shares[index] for index, bias in enumerate(self.biases))[:, None, None]


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        before = [1] + WIDTHS[:-1]
        self.down = nn.ModuleList(
            [nn.Conv2d(before[level], WIDTHS[level], 4, stride=2, padding=1, bias=level == 0) for level in range(LEVELS)]
        )
        self.down_norms = nn.ModuleList([nn.InstanceNorm2d(WIDTHS[level], affine=True) for level in range(1, LEVELS - 1)])
        self.cells, self.up_norms = nn.ModuleList(), nn.ModuleList()
        for row in range(LEVELS):
            level = LEVELS - 1 - row
            after = 1 if level == 0 else WIDTHS[level - 1]
            self.cells.append(Cell(WIDTHS[level] * (1 if row == 0 else 2), after, level == 0))
            if level > 0:
                self.up_norms.append(nn.InstanceNorm2d(after, affine=True))

    def forward(self, mask, shares, noise):
        x, skips = mask, []
        for level, halve in enumerate(self.down):
            x = halve(F.leaky_relu(x, 0.2) if level > 0 else x)
            if 0 < level < LEVELS - 1:
                x = self.down_norms[level - 1](x)
            skips.append(x)
        for row, cell in enumerate(self.cells):
            level = LEVELS - 1 - row
            if row > 0:
                x = torch.cat([skips[level], x], 1)
            x = cell(F.relu(x), shares[row])
            if level == 0:
                return torch.sigmoid(x)
            x = self.up_norms[row](x)
            if 1 <= row <= min(3, LEVELS - 2):
                x = x * ((noise[row] >= 0.5).float() * 2)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(2, 16, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(16, 32, 4, stride=2, padding=1, bias=False), nn.InstanceNorm2d(32, affine=True), nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 4, padding=1, bias=False), nn.InstanceNorm2d(64, affine=True), nn.LeakyReLU(0.2),
            nn.Conv2d(64, 1, 4, padding=1),
        )  # fmt: skip

    def forward(self, mask, image):
        return self.layers(torch.cat([mask, image], 1))


generator, discriminator = Generator().to(DEVICE), Discriminator().to(DEVICE)
segmenter = Unet(16, 4, classes=2).to(DEVICE)
for module in [*generator.modules(), *discriminator.modules(), *segmenter.modules()]:
    if IS_CLOSED and type(module) is nn.Conv2d:
        module.__class__ = ClosedConv2d
logits = nn.Parameter(1e-3 * torch.randn(LEVELS, 3, device=DEVICE))
adam = lambda parameters: torch.optim.Adam(parameters, 2e-4, betas=(0.5, 0.999))
generator_optimizer, discriminator_optimizer = adam(generator.parameters()), adam(discriminator.parameters())
segmenter_optimizer = torch.optim.AdamW(segmenter.parameters(), RATE, weight_decay=1e-4)
architecture_optimizer = torch.optim.AdamW([logits], 1e-2, betas=(0.5, 0.999), weight_decay=1e-3)

draw = lambda: torch.randn(BATCH, 1, SIDE, SIDE, device=DEVICE)
image, validation_image = draw().sigmoid(), draw()
mask, deformed, validation_mask = (draw() > 1).float(), (draw() > 1).float(), (draw() > 1).float()


def noise():
    """Of the decoder's dropout, by row."""
    sizes = {row: (WIDTHS[LEVELS - 2 - row], 8 << row) for row in range(1, min(3, LEVELS - 2) + 1)}
    return {row: torch.rand(BATCH, width, side, side, device=DEVICE) for row, (width, side) in sizes.items()}


def against(scores, label):
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, label))


def segmentation(scores, truth):
    probability = torch.softmax(scores, 1)[:, 1:]
    axes = (2, 3)
    overlap, sizes = (probability * truth).sum(axes), probability.sum(axes) + truth.sum(axes)
    return F.cross_entropy(scores, truth[:, 0].long()) + 1 - ((2 * overlap + 1) / (sizes + 1)).mean()


def halves(outline, synthetic):
    if IS_SHARED:
        return segmentation(outline(image), mask) + segmentation(outline(synthetic), deformed)
    scores = outline(torch.cat([image, synthetic], 0))
    return segmentation(scores[:BATCH], mask) + segmentation(scores[BATCH:], deformed)


def step():
    with torch.no_grad():
        shares = torch.softmax(logits, 1)
        painted = generator(mask, shares, noise())
    # Level I.
    discriminator_optimizer.zero_grad()
    (0.5 * (against(discriminator(mask, image), 1.0) + against(discriminator(mask, painted), 0.0))).backward()
    discriminator_optimizer.step()
    generator_optimizer.zero_grad()
    painted = generator(mask, shares, noise())
    believed = torch.autograd.grad(
        against(discriminator(mask, painted), 1.0) + 100 * F.l1_loss(painted, image), list(generator.parameters())
    )
    for parameter, slope in zip(generator.parameters(), believed):
        parameter.grad = slope
    generator_optimizer.step()
    # Level III, at the weights before the step that it asks about, with its batch and noise.
    drawn = noise()
    names, weights = zip(*segmenter.named_parameters())
    total = halves(segmenter, generator(deformed, torch.softmax(logits, 1), drawn))
    slopes = torch.autograd.grad(total, weights, create_graph=True)
    moved = {name: weight - RATE * slope for name, weight, slope in zip(names, weights, slopes)}
    outer = segmentation(functional_call(segmenter, moved, validation_image), validation_mask)
    logits.grad = torch.autograd.grad(outer, logits)[0]
    architecture_optimizer.step()
    # Level II.
    if IS_SHARED:
        for parameter, slope in zip(segmenter.parameters(), slopes):
            parameter.grad = slope.detach()
        segmenter_optimizer.step()
        return
    with torch.no_grad():
        synthetic = generator(deformed, shares, drawn)
    segmenter_optimizer.zero_grad()
    halves(segmenter, synthetic).backward()
    segmenter_optimizer.step()


if __name__ == "__main__":
    note = ", convolutions closed under differentiation" if IS_CLOSED else ""
    note += ", passes shared as in ours" if IS_SHARED else ""
    parameters = [*generator.parameters(), *discriminator.parameters(), *segmenter.parameters(), logits]
    take_rounds(step, parameters, note)
