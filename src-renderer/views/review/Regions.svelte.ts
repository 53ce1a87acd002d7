/**
 * @file Region by region through the proposal on the easel: where to look, and what of it stays. What is removed leaves the label map at
 * once; what is kept is only noted. Each step can be taken back; the annotation is as it was before the proposal is decided about.
 */
import type { RegionMark } from "../../../src-main/api/contract.ts";
import {
  decodeLabelMap,
  encodeLabelMap,
  type LabelMap,
  type Point,
  type Polygon,
  traceOutlines,
} from "../../../src-main/voxels/index.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import { isSameRegion, type Region, regionAt, regionOfMark, regionsOf, toMark } from "./regions.ts";

/** A person who goes on faster is not made to wait for regions that they do not look at. */
const REST_MS = 150;

export type Verdict = "kept" | "removed";

export interface MarkedRegion {
  verdict: Verdict;
  region: Region;
  outlines: Polygon[];
  /** The same as it is stored. */
  mark: RegionMark;
}

export class RegionReview {
  /** The worst first. */
  regions = $state.raw<readonly Region[]>([]);
  /** The region in front; null while the whole image is looked at. */
  current = $state.raw<Region | null>(null);
  marks = $state.raw<readonly MarkedRegion[]>([]);
  isOn = $state(false);

  readonly #easel: Easel;
  readonly #onMarks: (marks: readonly RegionMark[]) => void;
  /** Label maps before each mark, RLE. */
  #before: readonly Uint8Array<ArrayBuffer>[] = [];
  #pending: ReturnType<typeof setTimeout> | undefined;

  readonly doubtful = $derived(this.regions.filter(({ kind }) => kind === "doubt").length);
  readonly position = $derived(this.current === null ? -1 : this.regions.indexOf(this.current));
  readonly removed = $derived(this.marks.filter(({ verdict }) => verdict === "removed").length);
  readonly kept = $derived(this.marks.filter(({ verdict }) => verdict === "kept").length);

  /** `onMarks` hears of all that are there after each step of the person. */
  constructor(easel: Easel, onMarks: (marks: readonly RegionMark[]) => void) {
    this.#easel = easel;
    this.#onMarks = onMarks;
  }

  /** A proposal is on the easel, with what was marked on it before. Its regions are found once it is drawn: the picture does not wait for them. */
  begin(confidence: Uint8Array, marks: readonly RegionMark[]): void {
    this.end();
    const { labels } = this.#easel;
    if (labels === null) return;
    const proposed: LabelMap = { ...labels, data: labels.data.slice() };
    for (const mark of marks) this.#mark(regionOfMark(mark, labels), mark.verdict, mark);
    this.isOn = true;
    this.#find = () => {
      // A region that was marked is found again as the same one.
      const known = (region: Region): Region =>
        this.marks.find((marked) => isSameRegion(marked.region, region))?.region ?? region;
      this.regions = regionsOf(proposed, confidence).map(known);
      return this.regions;
    };
    this.#pending = setTimeout(() => this.#found(), REST_MS);
  }

  end(): void {
    clearTimeout(this.#pending);
    if (this.current !== null) this.#easel.fit();
    this.#find = null;
    this.regions = [];
    this.current = null;
    this.marks = [];
    this.#before = [];
    this.isOn = false;
  }

  /** To the region `steps` further, the worst first, close up. */
  go(steps: number): void {
    const regions = this.#found();
    if (!this.isOn || regions.length === 0) return;
    let place = this.position < 0 && steps < 0 ? 0 : this.position;
    for (let tried = 0; tried < regions.length; tried++) {
      place = (place + steps + regions.length) % regions.length;
      if (this.#isLeft(regions[place]!)) return this.#look(regions[place]!);
    }
  }

  /** The whole image again. */
  leave(): void {
    this.current = null;
    this.#easel.fit();
  }

  /** The worst, or the one in front: where a correction begins. Null where there is nothing but a sure, empty proposal. */
  lookAtWorst(): Region | null {
    const region = this.current ?? this.#found()[0] ?? null;
    if (region !== null) this.#look(region);
    return region;
  }

  /** About the region in front; goes on to the next one. */
  decide(verdict: Verdict): void {
    if (!this.isOn || this.current === null) return;
    this.#mark(this.current, verdict);
    this.#tell();
    if (this.position + 1 < this.regions.length) this.go(1);
  }

  /** About what is at a point of the image; what has that verdict already loses it. */
  decideAt(point: Point, verdict: Verdict): void {
    if (!this.isOn) return;
    const regions = this.#found();
    // What is not seen is not meant: a doubtful place counts while the uncertainty is shown.
    const region = regionAt(regions, point, this.#easel.layers.isHeatShown ? "any" : "part");
    if (region === null) return;
    const isTakenBack = this.marks.some((mark) => mark.region === region && mark.verdict === verdict);
    if (isTakenBack) this.#unmark(region);
    else this.#mark(region, verdict);
    this.#tell();
  }

  undo(): boolean {
    const isUndone = this.#undo();
    if (isUndone) this.#tell();
    return isUndone;
  }

  #tell(): void {
    this.#onMarks(this.marks.map(({ mark }) => mark));
  }

  #undo(): boolean {
    const before = this.#before.at(-1);
    if (before === undefined) return false;
    this.#easel.replaceLabels(decodeLabelMap(before));
    this.#before = this.#before.slice(0, -1);
    this.marks = this.marks.slice(0, -1);
    return true;
  }

  /** The label map with nothing but what was kept, RLE. */
  onlyKept(): Uint8Array<ArrayBuffer> | null {
    const { labels } = this.#easel;
    const kept = this.marks.filter(({ verdict }) => verdict === "kept").map(({ region }) => region);
    if (labels === null || kept.length === 0) return null;
    const { width } = labels;
    const data = labels.data.map((value, index) =>
      value !== 0 && kept.some((region) => region.has(index % width, Math.floor(index / width))) ? value : 0,
    );
    return encodeLabelMap({ ...labels, data });
  }

  #find: (() => readonly Region[]) | null = null;
  #found(): readonly Region[] {
    clearTimeout(this.#pending);
    this.#find?.();
    this.#find = null;
    return this.regions;
  }

  /** A part that went with a doubtful place need not be looked at. */
  #isLeft(region: Region): boolean {
    const { labels } = this.#easel;
    if (labels === null || region.kind === "doubt" || this.marks.some((mark) => mark.region === region)) return true;
    const { bounds, has } = region;
    for (let y = bounds.y; y < bounds.y + bounds.height; y++) {
      for (let x = bounds.x; x < bounds.x + bounds.width; x++) {
        if (has(x, y) && labels.data[y * labels.width + x] !== 0) return true;
      }
    }
    return false;
  }

  #look(region: Region): void {
    this.current = region;
    this.#easel.closeUp(region.bounds);
  }

  #mark(region: Region, verdict: Verdict, stored?: RegionMark): void {
    const { labels } = this.#easel;
    if (labels === null) return;
    const earlier = this.marks.find((mark) => mark.region === region);
    if (earlier?.verdict === verdict) return;
    if (earlier !== undefined) this.#unmark(region);
    this.#before = [...this.#before, encodeLabelMap(labels)];
    const mark = stored ?? toMark(region, verdict, labels);
    this.marks = [...this.marks, { verdict, region, outlines: traceOutlines(region.bounds, region.has), mark }];
    if (verdict === "removed") this.#clear(region);
  }

  /** Back to before its mark, with the marks after it done again. */
  #unmark(region: Region): void {
    const index = this.marks.findIndex((mark) => mark.region === region);
    const later = this.marks.slice(index + 1);
    while (this.marks.length > index) this.#undo();
    for (const mark of later) this.#mark(mark.region, mark.verdict);
  }

  #clear({ bounds, has }: Region): void {
    const { labels } = this.#easel;
    if (labels === null) return;
    for (let y = bounds.y; y < bounds.y + bounds.height; y++) {
      for (let x = bounds.x; x < bounds.x + bounds.width; x++) if (has(x, y)) labels.data[y * labels.width + x] = 0;
    }
    this.#easel.touch(bounds);
    this.#easel.edits++;
  }
}
