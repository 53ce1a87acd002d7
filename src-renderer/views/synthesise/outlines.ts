/** @file Outlines of masks as paths over pictures, kept for those that were seen lately. */
import { decodeLabelMap, type LabelMap, presentClasses, traceOutlines } from "../../../src-main/voxels/index.ts";

export interface ClassOutline {
  value: number;
  /** `d` of an SVG path in pixels of the mask, its corner at (0, 0); even-odd. */
  path: string;
}

/** Along the edges of the pixels, by class value. */
export function outlinesOf(map: LabelMap): ClassOutline[] {
  const { width, height, data } = map;
  return presentClasses(map).map((value) => {
    const polygons = traceOutlines({ x: 0, y: 0, width, height }, (x, y) => data[y * width + x] === value);
    return { value, path: polygons.map(closedPath).join("") };
  });
}

function closedPath(polygon: readonly number[]): string {
  let path = `M${polygon[0]} ${polygon[1]}`;
  // Edges run along rows and columns: one number says where the next corner is.
  for (let at = 2; at < polygon.length; at += 2) {
    path += polygon[at] === polygon[at - 2] ? `V${polygon[at + 1]}` : `H${polygon[at]}`;
  }
  return `${path}Z`;
}

/** Some KiB each; a person goes through hundreds, to and fro. */
const KEPT = 2000;

export class OutlineCache {
  readonly #fetch: (id: number) => Promise<Uint8Array>;
  /** Longest unused first. */
  readonly #entries = new Map<number, Promise<readonly ClassOutline[]>>();

  /** `fetch`: the mask as RLE. */
  constructor(fetch: (id: number) => Promise<Uint8Array>) {
    this.#fetch = fetch;
  }

  /** What failed is tried again at the next call. */
  get(id: number): Promise<readonly ClassOutline[]> {
    const outlines = this.#entries.get(id) ?? this.#fetch(id).then((bytes) => outlinesOf(decodeLabelMap(bytes)));
    this.#entries.delete(id);
    this.#entries.set(id, outlines);
    outlines.catch(() => this.#entries.delete(id));
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= KEPT) break;
      this.#entries.delete(oldest);
    }
    return outlines;
  }

  /** Pairs of another project have the same numbers. */
  clear(): void {
    this.#entries.clear();
  }
}
