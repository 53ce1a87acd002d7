/** @file For tests: networks of a layer or two in place of GenSeg's own, those of test/reference/three-levels.ts, in the engine. */
import {
  add,
  concat,
  mean,
  mul,
  reshape,
  sigmoid,
  slice,
  sqrt,
  square,
  sub,
  tanh,
  type Scope,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { type LevelNetworks, planesOf } from "../../src-main/methods/mask-to-image/networks.ts";
import { conv2d } from "../../src-main/networks/index.ts";

const HIDDEN = 4;
const KERNELS = [3, 5, 7];

/** Logits of background and one class: 0, and what the network says. */
export const withBackground = (logits: Tensor): Tensor => concat([mul(logits, 0), logits], { axis: 1 });

/** Smooth everywhere: what differences measure has no kinks that a derivative does not know of. */
export const toyNetworks: LevelNetworks = {
  cellCount: () => 1,
  paint(scope, labelMap, { cells, shape }) {
    if (cells === null || !("shape" in cells)) throw new Error("toy networks: the one cell is mixed.");
    const hidden = tanh(conv2d(scope.at("in"), planesOf(labelMap, shape), { channels: HIDDEN, kernel: 3 }));
    const shareOf = (place: number): Tensor =>
      reshape(slice(cells, { axes: [1], starts: [place], ends: [place + 1] }), { to: [] });
    const parts = KERNELS.map((kernel, place) =>
      mul(conv2d(scope.at(`kernel${kernel}`), hidden, { channels: shape.channels, kernel }), shareOf(place)),
    );
    return sigmoid(parts.reduce((total, part) => add(total, part)));
  },
  judge: (scope, labelMap, image, shape) =>
    conv2d(scope, concat([planesOf(labelMap, shape), image], { axis: 1 }), { channels: 1, kernel: 3 }),
  segment: (scope: Scope, image) => {
    const hidden = tanh(conv2d(scope.at("in"), image, { channels: HIDDEN, kernel: 3 }));
    return withBackground(conv2d(scope.at("out"), hidden, { channels: 1, kernel: 3 }));
  },
  distance: (painted, image) => mean(sqrt(add(square(sub(painted, image)), 1e-3))),
};
