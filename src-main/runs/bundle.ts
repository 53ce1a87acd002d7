/**
 * @file A run's data in one safetensors file: recipe, image files, annotations, weights. Written and read piece by piece,
 * so that neither side holds all images in memory. Layout: README of the engine's safetensors; names: see `BundleEntry`.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { LabelClass, RunKind, RunRow, Split } from "../api/contract.ts";
import type { FrameRole } from "../dataset/index.ts";
import type { ExperimentPlan } from "../experiments/index.ts";
import { Problem } from "../problem/index.ts";

export interface BundleFrame {
  frameId: number;
  imageId: number;
  caseId: number;
  split: Split | null;
  role: FrameRole;
  /** The entry that holds the frame, and the frame's number in it. */
  source: `source/${number}` | `slice/${number}`;
  frameIndex: number;
  fileName: string;
  hasMask: boolean;
  /** The mask was accepted with others, without a look at it. */
  isUnseen?: boolean;
  /** As in `SourceFrame`. Bundles of older versions do not say. */
  volume?: { id: number; slices: number };
}

/** Everything that decides what a run computes, but for the bytes. */
export interface BundleRecipe {
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
}

/**
 * "source/<imageId>": image file; "slice/<frameId>": a frame stored as its own file; "mask/<frameId>": label map as RLE; "weights": what training starts from; "onnx": model
 * to predict with; "checkpoint/last", "checkpoint/best": where to resume. All are bytes (U8).
 */
export type BundleEntryName =
  | `source/${number}`
  | `slice/${number}`
  | `mask/${number}`
  | "weights"
  | "onnx"
  | "checkpoint/last"
  | "checkpoint/best";

export interface BundleEntry {
  name: BundleEntryName;
  size: number;
  /** Called once, when it is this entry's turn. */
  read(): Uint8Array;
}

const HEADER_LIMIT = 100_000_000;

export async function writeBundle(path: string, recipe: BundleRecipe, entries: readonly BundleEntry[]): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { recipe: JSON.stringify(recipe) } };
  let offset = 0;
  for (const { name, size } of entries) {
    header[name] = { dtype: "U8", shape: [size], data_offsets: [offset, offset + size] };
    offset += size;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  head.set(json, 8);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(head);
    for (const { name, size, read } of entries) {
      const bytes = read();
      if (bytes.length !== size) throw new Error(`bundle: ${name}: expected ${size} bytes, got ${bytes.length}.`);
      await file.writeFile(bytes);
    }
  } finally {
    await file.close();
  }
}

/** An open bundle. Close it. */
export class Bundle {
  readonly recipe: BundleRecipe;
  readonly #file: FileHandle;
  readonly #places: ReadonlyMap<string, { start: number; size: number }>;

  constructor(file: FileHandle, recipe: BundleRecipe, places: ReadonlyMap<string, { start: number; size: number }>) {
    this.#file = file;
    this.recipe = recipe;
    this.#places = places;
  }

  has(name: BundleEntryName): boolean {
    return this.#places.has(name);
  }

  /** Throws `Problem` "corrupt-file" when the bundle lacks it or is cut off. */
  async read(name: BundleEntryName): Promise<Uint8Array<ArrayBuffer>> {
    const place = this.#places.get(name);
    if (place === undefined) throw corrupt(`It has no ${name}.`);
    return readAt(this.#file, place.start, place.size);
  }

  async readIfThere(name: BundleEntryName): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.has(name) ? this.read(name) : undefined;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads the header only. Throws `Problem` "corrupt-file". */
export async function openBundle(path: string): Promise<Bundle> {
  const file = await open(path, "r");
  try {
    const length = Number(new DataView((await readAt(file, 0, 8)).buffer).getBigUint64(0, true));
    if (length > HEADER_LIMIT) throw corrupt("Its header is too long.");
    const header = JSON.parse(new TextDecoder().decode(await readAt(file, 8, length))) as {
      __metadata__?: { recipe?: string };
    } & Record<string, { data_offsets: [number, number] }>;
    const { __metadata__: metadata, ...entries } = header;
    if (metadata?.recipe === undefined) throw corrupt("It has no recipe.");
    const places = new Map(
      Object.entries(entries).map(
        ([
          name,
          {
            data_offsets: [start, end],
          },
        ]) => [name, { start: 8 + length + start, size: end - start }],
      ),
    );
    return new Bundle(file, JSON.parse(metadata.recipe) as BundleRecipe, places);
  } catch (error) {
    await file.close();
    if (error instanceof SyntaxError) throw corrupt("Its header is not JSON.");
    throw error;
  }
}

async function readAt(file: FileHandle, position: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, position + filled);
    if (bytesRead === 0) throw corrupt("It is cut off.");
    filled += bytesRead;
  }
  return bytes;
}

function corrupt(detail: string): Problem {
  return new Problem({
    code: "corrupt-file",
    title: "The run's data file is damaged.",
    detail,
    hint: "Start the run again: its data are written anew.",
  });
}
