import type { PointerVerb, ToolState } from "../tool.ts";
import { acceptAt, addRectangle, type Draft, spanBetween } from "./draft.ts";

/** CSS pixels within which a press and a release are a click. */
const CLICK_REACH = 4;

interface Span {
  draft: Draft;
  image: { width: number; height: number };
  start: PointerVerb;
  idle: ToolState;
}

/** The pointer drags the second corner. Escape drops the rectangle. */
export class Spanning implements ToolState {
  readonly name = "spanning";
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  onPointerMove(verb: PointerVerb): undefined {
    const { draft, image, start } = this.#span;
    draft.spanned = this.#isClick(verb) ? null : spanBetween(start.image, verb.image, image);
  }

  onPointerUp(verb: PointerVerb): ToolState {
    const { draft, image, start, idle } = this.#span;
    draft.spanned = null;
    if (this.#isClick(verb)) {
      acceptAt(draft, verb.image);
    } else {
      const rectangle = spanBetween(start.image, verb.image, image);
      if (rectangle !== null) addRectangle(draft, rectangle);
    }
    return idle;
  }

  onCancel(): ToolState {
    this.#span.draft.spanned = null;
    return this.#span.idle;
  }

  #isClick({ screen }: PointerVerb): boolean {
    const { x, y } = this.#span.start.screen;
    return Math.hypot(screen.x - x, screen.y - y) < CLICK_REACH;
  }
}
