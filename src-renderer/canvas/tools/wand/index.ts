/** @file The magic wand: the region around the pointer that looks like it. Dragging right takes more, left less. */
import {
  type Frame,
  type LabelMap,
  type Point,
  type Rectangle,
  regionOfIntensity,
} from "../../../../src-main/voxels/index.ts";
import { drawMask } from "../apply-mask.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

/** Growth of the tolerance per CSS pixel: doubled every 100. */
const GROWTH_PER_PIXEL = Math.LN2 / 100;

export function wandTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: (verb) => {
      const { frame, labels } = easel;
      return frame === null || labels === null ? undefined : new Growing({ easel, frame, labels, verb, idle });
    },
  };
  return new Tool(idle);
}

interface Touch {
  easel: Easel;
  frame: Frame;
  labels: LabelMap;
  verb: PointerVerb;
  idle: ToolState;
}

/** The region is on the picture already and follows the tolerance. */
class Growing implements ToolState {
  readonly name = "growing";
  readonly #touch: Touch;
  readonly #before: Uint8Array;
  readonly #tolerance: number;
  readonly #seed: Point;
  #changed: Rectangle | null = null;

  constructor(touch: Touch) {
    this.#touch = touch;
    this.#before = touch.labels.data.slice();
    this.#tolerance = touch.easel.wandTolerance;
    this.#seed = touch.verb.image;
    this.#take(this.#tolerance);
  }

  onPointerMove({ screen }: PointerVerb): undefined {
    const moved = screen.x - this.#touch.verb.screen.x;
    this.#take(this.#tolerance * Math.exp(moved * GROWTH_PER_PIXEL));
  }

  onPointerUp(): ToolState {
    if (this.#changed !== null) this.#touch.easel.commitStroke();
    return this.#touch.idle;
  }

  onCancel(): ToolState {
    this.#restore();
    this.#touch.easel.wandTolerance = this.#tolerance;
    return this.#touch.idle;
  }

  #take(tolerance: number): void {
    const { easel, frame, labels, verb } = this.#touch;
    this.#restore();
    easel.wandTolerance = tolerance;
    this.#changed = drawMask(
      easel,
      labels,
      regionOfIntensity(frame, this.#seed, tolerance),
      verb.isSubtracting ?? false,
    );
  }

  #restore(): void {
    if (this.#changed === null) return;
    this.#touch.labels.data.set(this.#before);
    this.#touch.easel.touch(this.#changed);
    this.#changed = null;
  }
}
