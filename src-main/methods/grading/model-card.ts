/** @file What a model of a diffusion says of its training, beside what it needs to answer: in the metadata of its weights and of its ONNX file. */
import { createHash } from "node:crypto";
import { Problem } from "../../problem/index.ts";
import { betasOf } from "./chains.ts";
import type { LabelledImages } from "./images.ts";

/** For those who use the ONNX file elsewhere. */
export const PURPOSE =
  "class of an image, by DDIM in 10 steps: image [1, channels, size, size], normalized as `normalization` says, regions [count, channels, side, side] cut from it where the saliency is highest (where there are close looks), noise [1, classes] -> saliency, guess, label (about 1 for the class). Ask once for the saliency, cut the regions, ask with several noises";

/**
 * `betas`: shares of noise that the first and the last time add. `split`: "sha256:" and the digest over one line for each image, sorted: role, case, frame, class.
 * `folds`: where guesses are out-of-fold, for each fold the cases that its network did not see. Ids are those of the project.
 */
export function modelCard(
  { trained, validated }: Pick<LabelledImages, "trained" | "validated">,
  { times, foldOf }: { times: number; foldOf: readonly number[] | null },
): Record<string, string> {
  const lines = Object.entries({ train: trained, validate: validated }).flatMap(([role, images]) =>
    images.map(({ caseId, frameId, values }) => `${role} ${caseId} ${frameId} ${values[0]!}`),
  );
  const split = `sha256:${createHash("sha256").update(lines.toSorted().join("\n")).digest("hex")}`;
  const card = { betas: betasOf(times).join(" "), split };
  if (foldOf === null) return card;
  const folds = Array.from({ length: Math.max(...foldOf) + 1 }, (_, fold) => {
    const held = trained.flatMap(({ caseId }, at) => (foldOf[at] === fold ? caseId : []));
    return [...new Set(held)].toSorted((a, b) => a - b);
  });
  return { ...card, folds: JSON.stringify(folds) };
}

/** Throws `Problem` where a training was ended by a person before the diffusion had learned anything. `first`: the step after which it begins. */
export function requireDiffusion(step: number, first: number): void {
  if (step > first) return;
  throw new Problem({
    code: "conflict",
    title: "The diffusion over labels has not learned anything yet: there is no model to keep.",
    detail: `It begins after step ${first}; the training was ended at step ${step}, with all it has learned saved.`,
    hint: "Resume the run and let it go on, or begin one with fewer steps of the guesses before it.",
  });
}
