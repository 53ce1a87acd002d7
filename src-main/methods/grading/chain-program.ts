/** @file A whole grader by diffusion as one graph, for use elsewhere: both looks, and a chain without noise of ten steps (DDIM). */
import { add, clip, concat, constant, div, mul, type Program, softmax, sub, type Tensor } from "../../engine/index.ts";
import { sharesAt } from "../../diffusion/index.ts";
import { inferStep, type InputSpecs } from "../../training/index.ts";
import { clipOf, scheduleOf } from "./chains.ts";
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

/** image, regions (where there are close looks), noise -> `saliency` [1, classes, cells, cells], `guess` and `label` [1, classes]. */
export function chainProgram(shape: GraderShape, chain: LabelChain): Program {
  const { variant, isCentred, isSummed = false, isBlind = false, image: from } = chain;
  const within = clipOf(chain);
  const { size, channels, classes, regions, times } = shape;
  const schedule = scheduleOf(times);
  const cuts: InputSpecs =
    regions.count > 0 ? { regions: { shape: [regions.count, channels, regions.side, regions.side] } } : {};
  const inputs: InputSpecs = { image: { shape: [1, channels, size, size] }, ...cuts, noise: { shape: [1, classes] } };
  return inferStep({
    networks: [NETWORKS.global, NETWORKS.local, NETWORKS.image, NETWORKS.denoiser],
    inputs,
    outputs(networks, given) {
      const [image, start] = [given["image"]!, given["noise"]!];
      const { features, saliency, logits: whole } = lookAtWhole(networks.global, image, shape);
      const cut = given["regions"];
      const close = cut === undefined ? whole : lookAtRegions(networks.local, cut, shape).logits;
      const [p, q] = [softmax(whole, { axis: 1 }), softmax(close, { axis: 1 })];
      const guess = variant === "paper" ? mul(add(p, q), 0.5) : softmax(fused(whole, close), { axis: 1 });
      const told = variant === "paper" ? concat([p, q], { axis: 1 }) : guess;
      const center = mul(guess, isCentred ? (isSummed ? 2 : 1) : 0);
      const shown = mul(from === "trained" ? image : features, isBlind ? 0 : 1);
      const embedded =
        from === "trained"
          ? imageEmbedding(networks.image, shown, shape)
          : featureEmbedding(networks.image, shown, shape);
      let label: Tensor = add(center, start);
      let clean = label;
      for (let at = STEPS - 1; at >= 0; at--) {
        const time = Math.round(((times - 1) * at) / (STEPS - 1));
        const { signal, noise: scale } = sharesAt(schedule, time);
        const row = constant([time], { shape: [1], dtype: "int64" });
        const said = denoiser(networks.denoiser, { embedded, label, guess: told, time: row }, shape);
        const rest = sub(label, mul(center, 1 - signal));
        clean = div(sub(rest, mul(said, scale)), signal);
        if (within !== null) clean = clip(clean, { min: within[0], max: within[1] });
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
