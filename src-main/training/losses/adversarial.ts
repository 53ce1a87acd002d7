/** @file Losses of the game between a generator and a discriminator, on the discriminator's raw scores of any shape. */
import { add, mean, neg, relu, softplus, square, sub, type Tensor } from "../../engine/index.ts";

export interface AdversarialLoss {
  /** What the discriminator minimizes: scores of real examples up, of made ones down -> scalar. */
  discriminator(real: Tensor, fake: Tensor): Tensor;
  /** What the generator minimizes: scores of what it made up -> scalar. */
  generator(fake: Tensor): Tensor;
}

/** mean (D(real) - 1)² + mean D(fake)², without a factor ½; mean (D(fake) - 1)². Mao et al. 2016, arXiv:1611.04076. */
export const leastSquaresAdversarial: AdversarialLoss = {
  discriminator: (real, fake) => add(mean(square(sub(real, 1))), mean(square(fake))),
  generator: (fake) => mean(square(sub(fake, 1))),
};

/** mean max(0, 1 - D(real)) + mean max(0, 1 + D(fake)); -mean D(fake). Lim & Ye 2017, arXiv:1705.02894. */
export const hingeAdversarial: AdversarialLoss = {
  discriminator: (real, fake) => add(mean(relu(sub(1, real))), mean(relu(add(fake, 1)))),
  generator: (fake) => neg(mean(fake)),
};

/** -mean log σ(D(real)) - mean log(1 - σ(D(fake))); -mean log σ(D(fake)) (non-saturating). Goodfellow et al. 2014, arXiv:1406.2661. */
export const logisticAdversarial: AdversarialLoss = {
  discriminator: (real, fake) => add(mean(softplus(neg(real))), mean(softplus(fake))),
  generator: (fake) => mean(softplus(neg(fake))),
};
