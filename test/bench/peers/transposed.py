"""Transposed convolutions of stride 2 and padding 1, written as the gradients of convolutions that they are.

On the CPU PyTorch's own take nearly all of a step (slow_conv_transpose2d, seen in its profiler), so that a plain step says little about anything else.
"""
import torch
from torch import nn
from torch.nn import functional as F


class ConvolutionGradient(torch.autograd.Function):
    """x [N, C, H, W], w [C, K, k, k] with k of 3 or 4 -> [N, K, 2H, 2W]."""

    @staticmethod
    def adjoint(dy, x, w, wanted):
        geometry = ([2, 2], [1, 1], [1, 1], False, [0, 0], 1)
        return torch.ops.aten.convolution_backward(dy, x, w, None, *geometry, [wanted == "x", wanted == "w", False])

    @staticmethod
    def forward(context, x, w):
        context.save_for_backward(x, w)
        batch, _, height, width = x.shape
        read = x.new_empty(batch, w.shape[1], 2 * height, 2 * width)
        return ConvolutionGradient.adjoint(x, read, w, "x")[0]

    @staticmethod
    def backward(context, dy):
        x, w = context.saved_tensors
        dy = dy.contiguous()
        return F.conv2d(dy, w, stride=2, padding=1), ConvolutionGradient.adjoint(x, dy, w, "w")[1]


class TransposedAsGradient(nn.ConvTranspose2d):
    def forward(self, x):
        return ConvolutionGradient.apply(x, self.weight) + self.bias[:, None, None]
