/** @file What the two looks guess of the training images, as the diffusion is told it: by networks that saw the image, or by those of a fold that did not. */
import type { State } from "../../engine/runtime/index.ts";
import { largest } from "./answers.ts";
import type { DiffusionSettings } from "./diffusion-settings.ts";
import { type GuidePrograms, type Guesses, guessesOf, lookTwice } from "./guesses.ts";
import { inGroups, type LabelledImages } from "./images.ts";
import { rowsOf } from "./looks.ts";
import type { GraderShape } from "./networks.ts";

/** Where guesses of networks that did not see the image lie in checkpoints. */
export const PRIORS = "priors.outOfFold";
/** Training images whose guesses are looked at again where the looks go on learning. */
const MOST_ASKED = 256;

/** One view of one image, as the diffusion learns from it. */
export interface SeenView {
  features: Float32Array;
  guesses: Guesses;
}

export interface TrainingGuesses {
  /** Asks networks that learned the other folds. */
  guessHeldOut(fold: number): Promise<void>;
  /** All views of all images, one image after the other; looked at once: the looks must not change any more. */
  all(): Promise<SeenView[]>;
  /** Share of the images whose guess is right; of a few where the looks still learn. */
  rightly(): Promise<number>;
  /** What checkpoints keep. */
  states(): State;
}

export function openTrainingGuesses(
  { trained, square, stack }: LabelledImages,
  guide: GuidePrograms,
  {
    shape,
    settings,
    seed,
    foldOf,
    saved,
  }: {
    shape: GraderShape;
    settings: DiffusionSettings;
    seed: number;
    /** null: no folds. */
    foldOf: readonly number[] | null;
    /** What a checkpoint kept under `PRIORS`. */
    saved: Float32Array | undefined;
  },
): TrainingGuesses {
  const { views, variant, augmentation, mirror, isJoint } = settings;
  const { classes } = shape;
  /** Logits of both looks by image and view, from networks that did not see it. */
  const priors = foldOf === null ? null : new Float32Array(trained.length * views * 2 * classes);
  if (saved !== undefined) priors?.set(saved);
  let seenViews: SeenView[] | null = null;

  /** Each view of the image: itself, then variations that are the same in every stage. */
  const viewsOf = async (chosen: readonly number[]): Promise<Float32Array[]> => {
    const squares: Float32Array[] = [];
    for (const index of chosen) {
      const { frameId } = trained[index]!;
      const all = Array.from({ length: views }, () => frameId);
      const varied = { mirror, key: (view: number) => [seed, "view", frameId, view] };
      const others = rowsOf(await stack(all, augmentation ? { varied } : {}), views);
      squares.push((await square(frameId)).image, ...others.slice(1));
    }
    return squares;
  };
  const lookAtAll = async (): Promise<SeenView[]> => {
    const seen: SeenView[] = [];
    for (const group of inGroups([...trained.keys()], guide.batch)) {
      for (const look of await lookTwice(guide, await viewsOf(group), shape)) {
        const row = seen.length * 2 * classes;
        const logits =
          priors === null
            ? look
            : { whole: priors.subarray(row, row + classes), close: priors.subarray(row + classes, row + 2 * classes) };
        seen.push({ features: look.features, guesses: guessesOf(logits, variant) });
      }
    }
    return seen;
  };
  const all = async (): Promise<SeenView[]> => (seenViews ??= await lookAtAll());
  const guessesNow = async (asked: readonly number[]): Promise<Guesses[]> => {
    const squares = await Promise.all(asked.map((index) => square(trained[index]!.frameId)));
    const looks = await lookTwice(
      guide,
      squares.map(({ image }) => image),
      shape,
    );
    return looks.map((look) => guessesOf(look, variant));
  };

  return {
    async guessHeldOut(fold) {
      const held = trained.flatMap((_, at) => (foldOf![at] === fold ? at : []));
      for (const group of inGroups(held, guide.batch)) {
        const looks = await lookTwice(guide, await viewsOf(group), shape);
        for (const [at, { whole, close }] of looks.entries()) {
          const row = (group[Math.floor(at / views)]! * views + (at % views)) * 2 * classes;
          priors!.set(whole, row);
          priors!.set(close, row + classes);
        }
      }
    },
    all,
    async rightly() {
      const asked = spread(trained.length, isJoint ? MOST_ASKED : trained.length);
      const guesses = isJoint
        ? await guessesNow(asked)
        : (await all()).filter((_, row) => row % views === 0).map((view) => view.guesses);
      return guesses.filter(({ both }, at) => largest(both) === trained[asked[at]!]!.values[0]).length / asked.length;
    },
    states: (): State => {
      if (priors === null) return {};
      return { [PRIORS]: { shape: [trained.length, views, 2 * classes], data: priors } };
    },
  };
}

/** So many places out of `count`, evenly. */
function spread(count: number, most: number): number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, place) => Math.floor((place * count) / chosen));
}
