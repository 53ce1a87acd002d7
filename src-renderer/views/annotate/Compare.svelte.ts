/** @file A second picture beside or over the one in front, with the same view: another image, or the same one with another layer. */
import { createLabelMap, decodeLabelMap } from "../../../src-main/voxels/index.ts";
import { Easel } from "../../canvas/easel.svelte.ts";
import type { LayerKind } from "../../canvas/layers.svelte.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export const compareModes = ["side", "checker", "swipe"] as const;
export type CompareMode = (typeof compareModes)[number];

/** What is compared with: the plain image, one of its layers, the image that was pinned, a slice beside. */
export type Subject = "plain" | LayerKind | "pinned" | "previous" | "next";

/** The screen around it. */
interface Screen {
  easel: Easel;
  shownFrameId: () => number | null;
  /** The slice `steps` further; null beyond the ends. */
  sliceBeside: (steps: number) => number | null;
}

export class CompareState {
  mode = $state<CompareMode | null>(null);
  /** What the person chose; `subject` is that, where there is such. */
  chosen = $state<Subject>("plain");
  pinnedId = $state<number | null>(null);
  /** Where the divider of the swipe stands, of the width of the canvas. */
  divider = $state(0.5);
  /** The second picture; nothing is drawn on it. */
  readonly easel: Easel;

  readonly #workspace: Workspace;
  readonly #screen: Screen;
  #loading: AbortController | null = null;

  readonly subjects = $derived.by<Subject[]>(() => {
    const { layers } = this.#screen.easel;
    const { pinnedId } = this;
    return [
      "plain",
      ...layers.kinds.filter((kind) => kind !== layers.ownKind),
      ...(pinnedId !== null && pinnedId !== this.#screen.shownFrameId() ? (["pinned"] as const) : []),
      ...(this.#screen.sliceBeside(-1) === null ? [] : (["previous"] as const)),
      ...(this.#screen.sliceBeside(1) === null ? [] : (["next"] as const)),
    ];
  });
  readonly subject = $derived<Subject>(this.subjects.includes(this.chosen) ? this.chosen : "plain");

  constructor(workspace: Workspace, screen: Screen) {
    this.#workspace = workspace;
    this.#screen = screen;
    this.easel = new Easel({ classes: () => workspace.classes, onStroke: () => undefined });
    this.easel.isPaintable = false;
    this.easel.toolName = "pan";
  }

  toggle(mode: CompareMode): void {
    this.mode = this.mode === mode ? null : mode;
  }

  /** The image in front is the one to compare others with. */
  pin(): void {
    this.pinnedId = this.#screen.shownFrameId();
    this.chosen = "pinned";
  }

  moveDivider(to: number): void {
    this.divider = Math.min(1, Math.max(0, to));
  }

  /** Puts up what is compared with; a later call overtakes an earlier one. */
  async load(): Promise<void> {
    this.#loading?.abort();
    const { easel, sliceBeside } = this.#screen;
    const { frame } = easel;
    const frameId = { pinned: this.pinnedId, previous: sliceBeside(-1), next: sliceBeside(1) };
    const { subject } = this;
    if (frame === null) return;
    if (subject !== "pinned" && subject !== "previous" && subject !== "next") {
      const layer = easel.layers.others.find(({ kind }) => kind === subject);
      this.easel.show(frame, layer?.labels ?? createLabelMap(frame.width, frame.height));
      return;
    }
    const id = frameId[subject];
    if (id === null) return;
    const loading = new AbortController();
    this.#loading = loading;
    const { client, frameCache } = this.#workspace;
    const { signal } = loading;
    await this.#workspace.attempt(async () => {
      const [other, mask] = await Promise.all([frameCache.frame(id, signal), client.mask(id, signal)]);
      if (signal.aborted) return;
      const { bytes } = mask;
      this.easel.show(
        other,
        bytes.length === 0 ? createLabelMap(other.width, other.height) : decodeLabelMap(bytes, other),
      );
    });
  }
}
