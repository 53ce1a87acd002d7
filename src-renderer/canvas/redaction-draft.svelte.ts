/** @file The draft of a redaction as the screen follows it. See tools/redact/draft.ts. */
import type { Fill, Rectangle } from "../../src-main/voxels/index.ts";
import type { Draft } from "./tools/redact/draft.ts";

export class RedactionDraft implements Draft {
  rectangles = $state.raw<readonly Rectangle[]>([]);
  spanned = $state.raw<Rectangle | null>(null);
  suggestions = $state.raw<readonly Rectangle[]>([]);
  fill = $state<Exclude<Fill, number>>("black");
  /** Rectangles are shown as they will be, not as outlines. */
  isPreviewed = $state(false);

  /** Starts anew, for another frame. */
  reset(suggestions: readonly Rectangle[]): void {
    this.rectangles = [];
    this.spanned = null;
    this.suggestions = suggestions;
  }

  remove(index: number): void {
    this.rectangles = this.rectangles.filter((_, each) => each !== index);
  }

  acceptAll(): void {
    this.rectangles = [...this.rectangles, ...this.suggestions];
    this.suggestions = [];
  }
}
