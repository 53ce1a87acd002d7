/** @file A whole grader by diffusion as one graph, for use elsewhere: both looks, and a chain without noise of ten steps (DDIM). */
import { add, clip, concat, constant, div, mul, type Program, softmax, sub, type Tensor } from "../../engine/index.ts";
import { sharesAt } from "../../diffusion/index.ts";
import { inferStep } from "../../training/index.ts";
import { CLIP, scheduleOf } from "./chains.ts";
import type { LabelChain } from "./model-file.ts";
import {
  denoiser,
  featureEmbedding,
  fused,
  type GraderShape,
  imageEmbedding,
  lookAtRegions,
  lookAtWhole,
  NETWORKS,
} from "./networks.ts";

const STEPS = 10;

/** image, regions, noise -> `saliency` [1, classes, cells, cells], `guess` and `label` [1, classes]. */
export function chainProgram(shape: GraderShape, { variant, isCentred, image: from }: LabelChain): Program {
  const { size, channels, classes, regions, times } = shape;
  const schedule = scheduleOf(times);
  return inferStep({
    networks: [NETWORKS.global, NETWORKS.local, NETWORKS.image, NETWORKS.denoiser],
    inputs: {
      image: { shape: [1, channels, size, size] },
      regions: { shape: [regions.count, channels, regions.side, regions.side] },
      noise: { shape: [1, classes] },
    },
    outputs(networks, { image, regions: cut, noise: start }) {
      const { features, saliency, logits: whole } = lookAtWhole(networks.global, image, shape);
      const { logits: close } = lookAtRegions(networks.local, cut, shape);
      const [p, q] = [softmax(whole, { axis: 1 }), softmax(close, { axis: 1 })];
      const guess = variant === "paper" ? mul(add(p, q), 0.5) : softmax(fused(whole, close), { axis: 1 });
      const told = variant === "paper" ? concat([p, q], { axis: 1 }) : guess;
      const center = isCentred ? guess : mul(guess, 0);
      const embedded =
        from === "trained"
          ? imageEmbedding(networks.image, image, shape)
          : featureEmbedding(networks.image, features, shape);
      let label: Tensor = add(center, start);
      let clean = label;
      for (let at = STEPS - 1; at >= 0; at--) {
        const time = Math.round(((times - 1) * at) / (STEPS - 1));
        const { signal, noise: scale } = sharesAt(schedule, time);
        const row = constant([time], { shape: [1], dtype: "int64" });
        const said = denoiser(networks.denoiser, { embedded, label, guess: told, time: row }, shape);
        const rest = sub(label, mul(center, 1 - signal));
        clean = clip(div(sub(rest, mul(said, scale)), signal), { min: CLIP[0], max: CLIP[1] });
        if (at === 0) break;
        // The noise that belongs to the estimate, which may have been clipped.
        const noise = div(sub(rest, mul(clean, signal)), scale);
        const next = sharesAt(schedule, Math.round(((times - 1) * (at - 1)) / (STEPS - 1)));
        label = add(add(mul(clean, next.signal), mul(center, 1 - next.signal)), mul(noise, next.noise));
      }
      return { saliency, guess, label: clean };
    },
  });
}
