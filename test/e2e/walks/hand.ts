/** @file A fast hand for long walks through the annotation screen: whole gestures as DOM events from within the page, and waiting until they took. */
import type { Page } from "playwright-core";
import type { At } from "../../reference/index.ts";

/** Where the image lies in the window, and what is set; as the canvas tells. */
export interface Screen {
  frameId: number;
  /** Of the canvas in the window, CSS pixels. */
  bounds: { left: number; top: number; width: number; height: number };
  scale: number;
  offset: At;
  isMirrored: boolean;
  quarterTurns: number;
  brushRadius: number;
  wandTolerance: number;
}

export interface Chord {
  key: string;
  code?: string;
  ctrl?: boolean;
  alt?: boolean;
  shift?: boolean;
}

declare global {
  interface Window {
    hand: PageHand;
  }
}

interface PageHand {
  screen(): Screen;
  drag(points: At[], isAlt: boolean, isCancelled: boolean): void;
  press(chord: Chord): void;
  click(selector: string, name: string): Promise<void>;
  ready(frameId: number | null): Promise<void>;
  saved(): Promise<void>;
}

/** Runs in the page before its own scripts. */
function installHand(): void {
  // A pointer that no device made cannot be captured.
  Element.prototype.setPointerCapture = () => undefined;
  const canvas = () => document.querySelector<HTMLCanvasElement>('[data-testid="canvas"]');
  const until = async (what: string, isSo: () => boolean) => {
    const start = performance.now();
    // Once at least: what was just pressed takes effect in a microtask.
    do {
      await new Promise((next) => setTimeout(next, performance.now() - start < 50 ? 0 : 5));
      if (performance.now() - start > 20_000) throw new Error(`Waited 20 s for: ${what}.`);
    } while (!isSo());
  };
  const press = ({ key, code = "", ctrl = false, alt = false, shift = false }: Chord) => {
    (document.activeElement as HTMLElement | null)?.blur();
    const init = { key, code, ctrlKey: ctrl, altKey: alt, shiftKey: shift, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new KeyboardEvent("keydown", init));
    document.body.dispatchEvent(new KeyboardEvent("keyup", init));
  };
  window.hand = {
    screen() {
      const { dataset } = canvas()!;
      const { left, top, width, height } = canvas()!.getBoundingClientRect();
      return {
        frameId: Number(dataset["frameId"]),
        bounds: { left, top, width, height },
        scale: Number(dataset["scale"]),
        offset: { x: Number(dataset["offsetX"]), y: Number(dataset["offsetY"]) },
        isMirrored: dataset["mirrored"] === "true",
        quarterTurns: Number(dataset["quarterTurns"]),
        brushRadius: Number(dataset["brushRadius"]),
        wandTolerance: Number(dataset["wandTolerance"]),
      };
    },
    drag(points, isAlt, isCancelled) {
      const send = (type: string, { x, y }: At, buttons: number) =>
        canvas()!.dispatchEvent(
          new PointerEvent(type, {
            clientX: x,
            clientY: y,
            button: type === "pointermove" ? -1 : 0,
            buttons,
            altKey: isAlt,
            pointerId: 1,
            isPrimary: true,
            bubbles: true,
            cancelable: true,
          }),
        );
      send("pointerdown", points[0]!, 1);
      for (const point of points.slice(1)) send("pointermove", point, 1);
      if (isCancelled) press({ key: "Escape" });
      send("pointerup", points.at(-1)!, 0);
    },
    press,
    async click(selector, name) {
      const named = () =>
        [...document.querySelectorAll<HTMLButtonElement>(selector)].find((each) => {
          const text = each.getAttribute("aria-label") ?? each.textContent.replace(/\s+/g, " ").trim();
          return text.startsWith(name) && !each.disabled;
        });
      await until(`a button ${name}`, () => named() !== undefined);
      named()!.click();
    },
    ready: (frameId) =>
      until(`image ${frameId} to be drawn on`, () => {
        const data = canvas()?.dataset;
        return data?.["paintable"] === "true" && (frameId === null || data["frameId"] === String(frameId));
      }),
    saved: () =>
      until("all to be saved", () => document.querySelector('[data-testid="save-state"][data-state="saved"]') !== null),
  };
}

export class Hand {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async on(page: Page): Promise<Hand> {
    await page.addInitScript(installHand);
    return new Hand(page);
  }

  screen(): Promise<Screen> {
    return this.page.evaluate(() => window.hand.screen());
  }

  /** Presses at the first point (window, CSS pixels), moves through all, releases at the last; or takes it back by Escape before. */
  drag(points: At[], { isAlt = false, isCancelled = false } = {}): Promise<void> {
    return this.page.evaluate(([all, alt, cancelled]) => window.hand.drag(all, alt, cancelled), [
      points,
      isAlt,
      isCancelled,
    ] as const);
  }

  async clicks(points: At[], { isAlt = false } = {}): Promise<void> {
    for (const point of points) await this.drag([point], { isAlt });
  }

  press(...chords: Chord[]): Promise<void> {
    return this.page.evaluate((all) => all.forEach((chord) => window.hand.press(chord)), chords);
  }

  /** Until tools work again: an undo, a copy or another image may be on its way. */
  ready(frameId: number | null = null): Promise<void> {
    return this.page.evaluate((id) => window.hand.ready(id), frameId);
  }

  saved(): Promise<void> {
    return this.page.evaluate(() => window.hand.saved());
  }
}

/** From the window to image pixels: mirrored first, then turned clockwise by quarters, scaled, moved. Pixels are square here. */
export function inImage({ bounds, scale, offset, isMirrored, quarterTurns }: Screen, point: At): At {
  let [x, y] = [point.x - bounds.left - offset.x, point.y - bounds.top - offset.y];
  for (let turn = 0; turn < quarterTurns; turn++) [x, y] = [y, -x];
  return { x: (isMirrored ? -x : x) / scale, y: y / scale };
}

/** The nearest whole CSS pixel of the window, kept within the canvas. */
export function inWindow({ bounds, scale, offset, isMirrored, quarterTurns }: Screen, at: At): At {
  let [x, y] = [(isMirrored ? -at.x : at.x) * scale, at.y * scale];
  for (let turn = 0; turn < quarterTurns; turn++) [x, y] = [-y, x];
  const within = (value: number, low: number, extent: number) =>
    Math.round(Math.min(low + extent - 2, Math.max(low + 2, value)));
  return {
    x: within(x + offset.x + bounds.left, bounds.left, bounds.width),
    y: within(y + offset.y + bounds.top, bounds.top, bounds.height),
  };
}
