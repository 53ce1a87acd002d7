/** @file Pictures for the masks of some validation images, as the model would paint them now, for a person to look at. */
import { pictureFrame } from "../../dataset/index.ts";
import type { ImageGenerator } from "../trained-models.ts";
import type { Show } from "../training-session.ts";
import type { Pictures, ValueRange } from "./pictures.ts";

/** Few steps: enough to see where a training stands. */
const QUICK = { solver: "dpm-solver++", samplingSteps: 10 } as const;

interface Options {
  /** The model as it is now. */
  open: () => Promise<ImageGenerator>;
  pictures: Pictures;
  range: ValueRange;
  seed: number;
}

/** Of the frames `shown`, those that are there. The noise of each is the same at every look: only the model makes a difference. */
export async function showPaintings(
  { open, pictures, range, seed }: Options,
  show: Show,
  shown: ReadonlySet<number>,
): Promise<void> {
  const places = await Promise.all(
    Array.from({ length: pictures.validated }, (_, index) => pictures.validationPlace(index, range)),
  );
  const indices = places.flatMap(({ frameId }, index) => (shown.has(frameId) ? [index] : []));
  if (indices.length === 0) return;
  const { labelMap } = await pictures.batch("validated", indices, range);
  const generator = await open();
  try {
    const keys = indices.map((index) => [seed, "siamese-diffusion shown", places[index]!.frameId]);
    const images = await generator.paint(labelMap, keys, { settings: QUICK });
    const pixels = images.length / indices.length;
    for (const [at, index] of indices.entries()) {
      const { frameId, placement } = places[index]!;
      const image = images.subarray(at * pixels, (at + 1) * pixels);
      // Black and white are the ends of the range of the training images.
      const window = generator.channels === 3 ? null : { center: 128, width: 256 };
      show(
        frameId,
        pictureFrame({ image, channels: generator.channels, size: generator.size, placement }, { window }),
        null,
      );
    }
  } finally {
    await generator.release();
  }
}
