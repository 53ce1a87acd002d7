import type { Easel, PointerVerb, ToolState } from "../tool.ts";
import { Painting } from "./painting.ts";

/** Waits for the brush to touch the image. `value` says what it will paint: asked at each stroke. */
export class Idle implements ToolState {
  readonly name = "idle";
  readonly #easel: Easel;
  readonly #value: () => number;

  constructor(easel: Easel, value: () => number) {
    this.#easel = easel;
    this.#value = value;
  }

  onPointerDown(verb: PointerVerb): ToolState | undefined {
    if (this.#easel.labels === null) return undefined;
    return new Painting({ easel: this.#easel, labels: this.#easel.labels, value: this.#value(), verb, idle: this });
  }
}
