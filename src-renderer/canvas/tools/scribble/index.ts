/** @file Scribbles on a proposal: a line over what it missed, with Alt over what it took too much of. */
import type { Point } from "../../../../src-main/voxels/index.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

/** Half the width of a line, CSS pixels: as wide as it looks, whatever the zoom. */
const RADIUS_SCREEN = 3;
/** In image pixels: a line is neither thinner than a pixel nor wider than what it should correct. */
const RADIUS = { min: 0.75, max: 24 };

export function scribbleTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: (verb) => (easel.labels === null ? undefined : new Scribbling(easel, verb, idle)),
  };
  return new Tool(idle);
}

class Scribbling implements ToolState {
  readonly name = "scribbling";
  readonly #easel: Easel;
  readonly #idle: ToolState;
  readonly #points: Point[];
  readonly #line: { value: number; isForeground: boolean; radius: number };

  constructor(easel: Easel, { image, isSubtracting = false }: PointerVerb, idle: ToolState) {
    this.#easel = easel;
    this.#idle = idle;
    this.#points = [image];
    const radius = Math.min(RADIUS.max, Math.max(RADIUS.min, RADIUS_SCREEN / easel.viewport.scale));
    this.#line = { value: easel.classValue, isForeground: !isSubtracting, radius };
    this.#show();
  }

  onPointerMove({ image }: PointerVerb): undefined {
    const last = this.#points.at(-1)!;
    if (last.x === image.x && last.y === image.y) return;
    this.#points.push(image);
    this.#show();
  }

  onPointerUp(): ToolState {
    this.#easel.proposal.draft = null;
    this.#easel.proposal.scribble({ ...this.#line, points: this.#points });
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.proposal.draft = null;
    return this.#idle;
  }

  #show(): void {
    // A fresh array: the draft is compared by identity.
    this.#easel.proposal.draft = { ...this.#line, points: [...this.#points] };
  }
}
