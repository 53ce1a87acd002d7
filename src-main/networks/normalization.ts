/** @file Normalization layers with their learned scale and shift. */
import { groupNormalization, type Scope, type Tensor } from "../engine/index.ts";
import { filled } from "./init.ts";

/** Parameters `weight` (scale, 1 at first) and `bias` (shift, 0 at first). */
function scaleAndShift(scope: Scope, shape: readonly number[]): [Tensor, Tensor] {
  return [scope.parameter("weight", { shape, init: filled(1) }), scope.parameter("bias", { shape, init: filled(0) })];
}

/** Group normalization of [N, C, ..]; `groups` divides C. Parameters `weight` and `bias`, [C] each. */
export function groupNorm(
  scope: Scope,
  x: Tensor,
  { groups, epsilon = 1e-5 }: { groups: number; epsilon?: number },
): Tensor {
  const [scale, shift] = scaleAndShift(scope, [x.shape[1]!]);
  return groupNormalization(x, scale, shift, { groups, epsilon });
}
