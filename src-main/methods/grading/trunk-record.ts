/**
 * @file What is known of a person's ONNX trunk once it was looked at: an image network whose features a classifier's last layer reads. Light: the main process
 * stores it; the file itself is opened in the worker process alone.
 */
import type { ChannelCount } from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";

export interface TrunkRecord {
  /** Of its bytes: the same file has the same id in every project. */
  id: string;
  /** That of its file, without the ending. */
  name: string;
  bytes: number;
  sha256: string;
  channels: ChannelCount;
  /** Side of images where the file fixes it, pixels; null: any that its layers take. */
  size: number | null;
  /** Numbers that it says of an image, or of each place in it. */
  features: number;
  /** Whether it says them of places; else of the whole alone. */
  tellsPlaces: boolean;
  /** Numbers that learn. */
  weights: number;
  /** Batch normalizations, which go on with the statistics of the file. */
  norms: number;
  /** The file with its large weights set to 0, gzipped, in base64: its layers, which a model that was trained on it keeps. */
  graph: string;
}

/** A trunk for images of one size, as the shape of a network: JSON, but for `model`. */
export interface OnnxTrunk {
  kind: "onnx";
  id: string;
  name: string;
  features: number;
  /** Of its map of features, along a side; 1 where it says nothing of places. */
  cells: number;
  graph: string;
  /** The whole file, where its weights are to be begun with; never stored. */
  model?: Uint8Array;
}

/** What a training is told of the trunk that its settings name. */
export interface GivenTrunk {
  record: TrunkRecord;
  /** The whole file; left out where only memory is planned. */
  bytes?: Uint8Array | undefined;
}

/** Ids, as settings hold them beside the names of our own networks. */
export const TRUNK_ID = /^[0-9a-f]{16}$/;

/** What images may be brought to: the setting `size`. */
export const SIDES = { least: 32, most: 512, multipleOf: 8 } as const;

export const isPossibleSide = (side: number): boolean =>
  side >= SIDES.least && side <= SIDES.most && side % SIDES.multipleOf === 0;

/** Throws `Problem` for a size that the trunk's file does not take. */
export function checkTrunkSize({ name, size: own }: Pick<TrunkRecord, "name" | "size">, size: number): void {
  if (own === null || own === size) return;
  throw new Problem({
    code: "bad-request",
    title: `The trunk ${name} takes no images of ${size} pixels.`,
    detail: `Its file is made for images of ${own} pixels.`,
    hint: `Set size to ${own}, or export it with height and width left open.`,
  });
}

/** The trunk of such settings; null for networks of our own. Throws `Problem` where it was not given. */
export function trunkFor<Given>(network: string, given: Given | undefined): Given | null {
  if (!TRUNK_ID.test(network)) return null;
  if (given !== undefined) return given;
  throw new Problem({
    code: "not-found",
    title: `There is no trunk ${network} here.`,
    detail: "A trunk belongs to the project that it was added to.",
    hint: "Add its file: aliquot trunk add PROJECT FILE. The same file has the same id.",
  });
}
