/** @file Earlier results in a checkpoint, among the states of networks. */
import type { State } from "../../engine/runtime/index.ts";
import type { Replayed } from "./updates.ts";

/** No network is called so. */
const PREFIX = "replay.";

export function writeReplayed(replayed: Replayed): State {
  return Object.fromEntries(
    (["target", "source"] as const).flatMap((side) =>
      replayed[side].map((image, place) => [
        // So many digits that the order of names is that of places.
        `${PREFIX}${side}.${String(place).padStart(4, "0")}`,
        { shape: [image.length], data: Float32Array.from(image) },
      ]),
    ),
  );
}

export function readReplayed(all: State): { states: State; replayed: Replayed } {
  const isReplayed = ([name]: [string, unknown]): boolean => name.startsWith(PREFIX);
  const entries = Object.entries(all);
  const imagesOf = (side: string): Float32Array[] =>
    entries
      .filter(([name]) => name.startsWith(`${PREFIX}${side}.`))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { data }]) => data);
  return {
    states: Object.fromEntries(entries.filter((entry) => !isReplayed(entry))),
    replayed: { target: imagesOf("target"), source: imagesOf("source") },
  };
}
