import type { Easel, PointerVerb, ToolState } from "../tool.ts";
import { Spanning } from "./spanning.ts";

/** Waits for a corner of a rectangle, or for a click on a suggestion. */
export class Idle implements ToolState {
  readonly name = "idle";
  readonly #easel: Easel;

  constructor(easel: Easel) {
    this.#easel = easel;
  }

  onPointerDown(verb: PointerVerb): ToolState | undefined {
    const { frame, redaction } = this.#easel;
    return frame === null ? undefined : new Spanning({ draft: redaction, image: frame, start: verb, idle: this });
  }
}
