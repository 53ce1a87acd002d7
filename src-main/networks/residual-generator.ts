/** @file The generator of CycleGAN and RegGAN: an image in, the same anatomy in another modality out. */
import { relu, type Scope, tanh, type Tensor } from "../engine/index.ts";
import { conv2d, convTranspose2d } from "./convolution.ts";
import { plainInstanceNorm } from "./layers.ts";
import { residualBlock, UNIFORM_START } from "./residual-block.ts";

export interface ResidualGeneratorOptions {
  /** Of the result. */
  channels: number;
  /** Channels at full size; doubled at every halving. Default 64. */
  width?: number;
  /** Default 2: sides are multiples of 4. */
  halvings?: number;
  /** Residual blocks at the smallest size. Default 9. */
  blocks?: number;
}

/**
 * Zhu et al. 2017 (arXiv:1703.10593), as RegGAN has it (Kong et al. 2021, arXiv:2110.06465): image [N, C, H, W] in [-1, 1] -> [N, channels, H, W] in
 * [-1, 1]. Every convolution has a bias, also where a norm takes it away again. Throws where a side is no multiple of 2^halvings.
 */
export function residualGenerator(scope: Scope, image: Tensor, options: ResidualGeneratorOptions): Tensor {
  const { channels, width = 64, halvings = 2, blocks = 9 } = options;
  const [height, across] = image.shape.slice(2) as [number, number];
  if (height % 2 ** halvings !== 0 || across % 2 ** halvings !== 0) {
    throw new Error(`residual generator: sides must be multiples of ${2 ** halvings}, got ${height} × ${across}.`);
  }
  const wide = { kernel: 7, paddingMode: "reflect", ...UNIFORM_START } as const;
  const halving = { kernel: 3, stride: 2, padding: 1, ...UNIFORM_START } as const;
  let x = relu(plainInstanceNorm(conv2d(scope.at("first"), image, { ...wide, channels: width })));
  for (let level = 0; level < halvings; level++) {
    x = relu(plainInstanceNorm(conv2d(scope.at(`down.${level}`), x, { ...halving, channels: width << (level + 1) })));
  }
  for (let block = 0; block < blocks; block++) x = residualBlock(scope.at(`block.${block}`), x);
  for (let level = halvings - 1; level >= 0; level--) {
    const grown = convTranspose2d(scope.at(`up.${level}`), x, {
      ...halving,
      outputPadding: 1,
      channels: width << level,
    });
    x = relu(plainInstanceNorm(grown));
  }
  return tanh(conv2d(scope.at("last"), x, { ...wide, channels }));
}
