/**
 * @file The work of a synthesis: new masks, images painted for them, and what each pair is worth, told as it is made. Pairs that were made before an
 * interruption are left out; every other is the same to the bit, since its randomness hangs on its place alone.
 */
import type { MadePair, PairQuality } from "../api/contract.ts";
import {
  type CaseSource,
  deformed,
  pictureFrame,
  pictureLabels,
  pictureOf,
  type PlacedPicture,
  undeformed,
} from "../dataset/index.ts";
import { encodePng, encodeThumbnail, THUMBNAIL_SIDE } from "../imaging/index.ts";
import {
  findMethod,
  type ImageGenerator,
  type PaintOptions,
  type Predictor,
  requireKnownClasses,
} from "../methods/index.ts";
import { alignmentOf, pooledFeatures, type RealImages, synthesisQuality } from "../metrics/index.ts";
import { encodeLabelMap, type PixelSpacing, presentClasses } from "../voxels/index.ts";
import type { ReportedPair } from "./messages.ts";
import { PaintingProgress, tellReading } from "./painting-progress.ts";
import { Progress } from "./progress.ts";
import { realImages } from "./real-images.ts";
import { openSynthesisMasks, type SynthesisMask } from "./synthesis-masks.ts";
import { breathe, goOn } from "./stopping.ts";
import { openCases, type Outcome, type Work } from "./work.ts";

/** Painted at once: a few, so that pictures come one after the other and a stop is quick. */
const BATCH = 4;

export async function synthesise({ bundle, device, parent, asked, backbones, resources }: Work): Promise<Outcome> {
  const { recipe } = bundle;
  const plan = recipe.synthesis!;
  const cases = openCases(bundle);
  const progress = new Progress(parent);
  tellReading(parent, plan.count);
  await breathe();
  const generator = await findMethod(recipe.method).openGenerator!(await bundle.read("weights"), device, {
    backbones,
    memoryLimit: resources?.memoryLimit,
  });
  let judge: Predictor | null = null;
  try {
    requireKnownClasses(generator, recipe.classes);
    if (plan.judge !== null)
      judge = await findMethod(plan.judge.method).openPredictor(await bundle.read("judge"), device);
    const { classes, size } = generator;
    const masks = await openSynthesisMasks({ cases, plan, classes, size, seed: recipe.seed });
    const { real, spacings } = await realImages(cases, generator);
    const made = JSON.parse(new TextDecoder().decode(await bundle.read("pairs"))) as MadePair[];
    const known = new Set(made.map(({ index }) => index));
    progress.flush(made.length);
    /** Of a generator that cannot go by images there is no such setting. */
    const weight = Number(recipe.settings["referenceWeight"] ?? 0);
    let at = 0;
    const painting = new PaintingProgress(parent, generator, () => plan.count - at);
    for (; at < plan.count; at += BATCH) {
      const start = performance.now();
      // Those that are there already are painted again with the others: beside fewer, last bits may be others.
      const indices = Array.from({ length: Math.min(BATCH, plan.count - at) }, (_, place) => at + place);
      if (indices.every((index) => known.has(index))) continue;
      const drawn = indices.map((index) => masks.mask(index));
      painting.begin({ indices, placements: drawn.map(({ placement }) => placement) });
      const squares = await paint(
        generator,
        drawn,
        { seed: recipe.seed, indices },
        {
          settings: recipe.settings,
          ...(weight > 0 && { references: { images: await referencesOf(cases, generator, drawn), weight } }),
          async onStep(step) {
            await painting.step(step);
            await goOn(asked);
          },
          async onCompile() {
            painting.compiling();
            await goOn(asked);
          },
        },
      );
      for (const [place, mask] of drawn.entries()) {
        if (known.has(indices[place]!)) continue;
        await goOn(asked);
        const described = performance.now();
        const pair = await describePair(squares[place]!, mask, {
          index: indices[place]!,
          generator,
          judge,
          real,
          spacings,
          referenceWeight: weight,
        });
        parent.postMessage({ kind: "pair", pair });
        painting.pairDone((performance.now() - described) / 1000);
        const { alignment, isNearCopy } = pair.quality;
        const parentFrameId = pair.origin.parents[0]!.frameId;
        made.push({ index: pair.index, parentFrameId, alignment, isNearCopy, features: [...pair.features] });
        progress.stepDone(made.length, (performance.now() - start) / 1000 / (place + 1));
      }
    }
    const quality = synthesisQuality(
      real,
      made
        .toSorted((a, b) => a.index - b.index)
        .map(({ parentFrameId, ...pair }) => ({ ...pair, group: parentFrameId })),
    );
    parent.postMessage({ kind: "synthesis-quality", quality });
    progress.flush(made.length);
    return "done";
  } finally {
    await judge?.release();
    await generator.release();
  }
}

async function paint(
  { channels, size, paint: painted }: ImageGenerator,
  masks: readonly SynthesisMask[],
  { seed, indices }: { seed: number; indices: readonly number[] },
  options: PaintOptions,
): Promise<PlacedPicture[]> {
  const labelMaps = new Uint8Array(masks.length * size * size);
  masks.forEach(({ classNumbers }, place) => labelMaps.set(classNumbers, place * size * size));
  const images = await painted(
    labelMaps,
    indices.map((index) => [seed, "paint", index]),
    options,
  );
  const length = channels * size * size;
  return masks.map(({ placement }, place) => {
    return { image: images.slice(place * length, (place + 1) * length), channels, size, placement };
  });
}

/** The images that the masks come from, moved as they are: `[n, channels, size, size]`. */
async function referencesOf(
  cases: CaseSource,
  { channels, size, asPainted }: Pick<ImageGenerator, "channels" | "size" | "asPainted">,
  masks: readonly SynthesisMask[],
): Promise<Float32Array> {
  const images = new Float32Array(masks.length * channels * size * size);
  for (const [place, { record }] of masks.entries()) {
    const { image, placement } = asPainted(await cases.frame(record.parents[0]!.frameId));
    images.set(deformed({ image, channels, size, placement }, record), place * channels * size * size);
  }
  return images;
}

interface Judges {
  index: number;
  /** Of the image that the mask comes from; 0: it was not gone by. */
  referenceWeight: number;
  generator: ImageGenerator;
  judge: Predictor | null;
  real: RealImages<number>;
  /** Of the parents, by frame. */
  spacings: ReadonlyMap<number, PixelSpacing | null>;
}

async function describePair(
  painted: PlacedPicture,
  { classNumbers, original, record, grade, isFar }: SynthesisMask,
  { index, generator, judge, real, spacings, referenceWeight }: Judges,
): Promise<ReportedPair> {
  const { channels, placement } = painted;
  const values = generator.classes.map(({ value }) => value);
  const parentId = record.parents[0]!.frameId;
  const spacing = spacings.get(parentId) ?? null;
  const frame = pictureFrame(painted, {
    spacing: spacing && {
      x: (spacing.x * original.width) / placement.width,
      y: (spacing.y * original.height) / placement.height,
    },
  });
  const { data, ...metadata } = frame;
  const labelMap = pictureLabels(classNumbers, painted, values);
  const image = await encodePng(data as Uint8Array, frame.width, frame.height, channels);
  const isSmall = Math.max(frame.width, frame.height) <= THUMBNAIL_SIDE;
  const nearest = real.compare(undeformed(painted, record));
  const quality: PairQuality = {
    alignment: judge === null ? null : alignmentOf(labelMap.data, (await judge.predict(frame)).labelMap.data, values),
    nearestFrameId: nearest.nearestId,
    featureDistance: nearest.featureDistance,
    pixelDistance: nearest.pixelDistance,
    isNearCopy: nearest.isNearCopy,
    isMaskFar: isFar,
  };
  return {
    index,
    image,
    thumbnail: isSmall ? image : await encodeThumbnail(frame),
    frame: { ...metadata, window: null },
    labelMap: encodeLabelMap(labelMap),
    classes: presentClasses(labelMap),
    origin: {
      ...record,
      ...(referenceWeight > 0 && { reference: { frameId: parentId, weight: referenceWeight } }),
      ...(grade && { grade }),
    },
    quality,
    features: pooledFeatures(pictureOf(painted)),
  };
}
