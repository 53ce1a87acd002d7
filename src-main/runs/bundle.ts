/**
 * @file A run's data in one file: recipe, images, annotations, weights. The run's process sees this and nothing else, here or on another
 * machine. A bundle for another machine holds decoded frames instead of the files that were imported (see exchange.ts).
 */
import type { BackboneRecord, LabelTarget, TargetValue, TrunkRecord } from "../methods/index.ts";
import { z } from "zod";
import type { LabelClass, Modalities, RunKind, RunRow, Split, SynthesisPlan } from "../api/contract.ts";
import type { FrameModality, FrameRole, SourceFrame } from "../dataset/index.ts";
import type { ExperimentPlan } from "../experiments/index.ts";
import {
  type Container,
  type ContainerEntry,
  type ContainerFormat,
  damaged,
  openContainer,
  writeContainer,
  type WriteOptions,
} from "./container.ts";

export const BUNDLE: ContainerFormat = { id: "aliquot-run", version: 1, noun: "run bundle" };

export interface BundleFrame {
  frameId: number;
  imageId: number;
  caseId: number;
  split: Split | null;
  role: FrameRole;
  /** The entry that holds the frame, and the frame's number in it as the project stores it. */
  source: `source/${number}` | `slice/${number}` | `frame/${number}`;
  frameIndex: number;
  /** For messages. */
  fileName: string;
  /** Of the bytes that the project stores for it, whichever way the bundle holds the frame. */
  sourceSha256: string;
  hasMask: boolean;
  /** The mask was accepted with others, without a look at it. */
  isUnseen?: boolean;
  /** As in `SourceFrame`. Bundles of older versions do not say. */
  volume?: { id: number; slices: number };
  /** As in `SourceFrame`. */
  values?: TargetValue[];
  /** As in `SourceFrame`. */
  modality?: FrameModality;
}

export function sourceFrames(frames: readonly BundleFrame[]): SourceFrame[] {
  return frames.map(({ frameId, caseId, role, hasMask, isUnseen, volume, modality, values }) => {
    const said = { ...(modality && { modality }), ...(values && { values }) };
    return { frameId, caseId, role, hasLabelMap: hasMask, isUnseen, volume, ...said };
  });
}

/** Which run it is, wherever it is worked on. */
export interface RunIdentity {
  projectId: string;
  runId: number;
  /** Digest of all that decides what it computes: two copies of a project may give one number to two runs. */
  key: string;
}

/** Everything that decides what a run computes, but for the bytes. */
export interface BundleRecipe {
  run: RunIdentity;
  kind: RunKind;
  method: string;
  settings: RunRow["settings"];
  seed: number;
  device: string;
  steps: number;
  classes: LabelClass[];
  channels: 1 | 3;
  frames: BundleFrame[];
  /** What an experiment compares, and the keys of its trainings that are done. */
  experiment?: { plan: ExperimentPlan; done: string[] };
  /** What pairs are to be made. */
  synthesis?: SynthesisPlan;
  /** What a translation goes between. */
  modalities?: Modalities;
  /** What of whole images is learned or judged. */
  targets?: LabelTarget[];
  /** Frames that a translation has made of before it was interrupted. */
  translated?: number[];
  /** Networks that have to be on the machine of the run. */
  backbone?: BackboneRecord;
  /** The ONNX trunk that is trained on; its file is the entry "trunk". */
  trunk?: TrunkRecord;
}

/**
 * "source/<imageId>": image file; "slice/<frameId>": a frame stored as its own file; "frame/<frameId>": decoded frame of voxels/frame.ts;
 * "mask/<frameId>": label map as RLE; "weights": what training starts from; "onnx": model to predict with; "judge": one that
 * looks at what a generator painted; "trunk": ONNX file of a person's own that is trained on; "pairs": JSON of MadePair[], those that a synthesis has made before; "checkpoint/last",
 * "checkpoint/best": where to resume.
 */
export type BundleEntryName =
  | `source/${number}`
  | `slice/${number}`
  | `frame/${number}`
  | `mask/${number}`
  | "weights"
  | "onnx"
  | "judge"
  | "trunk"
  | "pairs"
  | "checkpoint/last"
  | "checkpoint/best";

export interface BundleEntry extends ContainerEntry {
  name: BundleEntryName;
}

export const runIdentity = z.strictObject({
  projectId: z.string(),
  runId: z.int().positive(),
  key: z.string(),
}) satisfies z.ZodType<RunIdentity>;

/** As objects, so that one that is missing does not compile. */
const kinds = {
  train: true,
  predict: true,
  evaluate: true,
  experiment: true,
  synthesise: true,
  translate: true,
} satisfies Record<RunKind, true>;
const roles = {
  train: true,
  validate: true,
  unlabelled: true,
  predict: true,
  judge: true,
  refer: true,
  evaluate: true,
  context: true,
} satisfies Record<FrameRole, true>;

// What is not named here passes: it is covered by the check of the file, and only this version writes it.
const frame = z.looseObject({
  frameId: z.int().positive(),
  imageId: z.int().positive(),
  caseId: z.int().positive(),
  split: z.enum(["train", "val", "test", "unlabelled"]).nullable(),
  role: z.enum(Object.keys(roles) as FrameRole[]),
  source: z.templateLiteral([z.enum(["source", "slice", "frame"]), "/", z.number()]),
  frameIndex: z.int().nonnegative(),
  fileName: z.string(),
  sourceSha256: z.string(),
  hasMask: z.boolean(),
});

const recipe = z.looseObject({
  run: runIdentity,
  kind: z.enum(Object.keys(kinds) as RunKind[]),
  method: z.string(),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  seed: z.int(),
  device: z.string(),
  steps: z.int().nonnegative(),
  classes: z.array(z.looseObject({ value: z.int().min(1).max(255), name: z.string(), color: z.string() })),
  channels: z.union([z.literal(1), z.literal(3)]),
  frames: z.array(frame),
});

export function writeBundle(
  path: string,
  recipe: BundleRecipe,
  entries: readonly BundleEntry[],
  options?: WriteOptions,
): Promise<void> {
  return writeContainer(path, BUNDLE, recipe, entries, options);
}

/** An open bundle. Close it. */
export class Bundle {
  readonly recipe: BundleRecipe;
  readonly #container: Container;

  constructor(container: Container, recipe: BundleRecipe) {
    this.#container = container;
    this.recipe = recipe;
  }

  has(name: BundleEntryName): boolean {
    return this.#container.has(name);
  }

  /** Of an entry's bytes, without reading them. */
  digest(name: BundleEntryName): string {
    return this.#container.digest(name);
  }

  /** Throws `Problem` "corrupt-file" when the bundle lacks it or is damaged there. */
  read(name: BundleEntryName): Promise<Uint8Array<ArrayBuffer>> {
    return this.#container.read(name);
  }

  readIfThere(name: BundleEntryName): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#container.readIfThere(name);
  }

  close(): Promise<void> {
    return this.#container.close();
  }
}

/** Reads the header only. Throws `Problem` for a file that is no bundle, is newer than this app, or is damaged. */
export async function openBundle(path: string): Promise<Bundle> {
  const container = await openContainer(path, BUNDLE);
  const parsed = recipe.safeParse(container.document);
  if (parsed.success) return new Bundle(container, parsed.data as unknown as BundleRecipe);
  await container.close();
  const [issue] = parsed.error.issues;
  throw damaged(BUNDLE.noun, `Its recipe is not complete: ${issue!.path.join(".")}: ${issue!.message}.`);
}
