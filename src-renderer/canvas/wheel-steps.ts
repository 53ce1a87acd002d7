/** @file From turns of the wheel to whole steps: a notch of a mouse is one, however far its driver says; a touchpad counts by way. */

/** Pixels that count as one line, for mice that scroll by lines. */
export const PIXELS_PER_LINE = 40;
/** From here on one event is a notch of a wheel: touchpads send many small ones. */
const NOTCH_PIXELS = 50;
/** Way of two fingers that makes a step. */
const PIXELS_PER_STEP = 32;

type Turn = Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode">;

/** How far the wheel was turned, in pixels; with Shift some systems tell it as sideways. */
export function wheelPixels({ deltaX, deltaY, deltaMode }: Turn): number {
  const delta = deltaY === 0 ? deltaX : deltaY;
  // WheelEvent.DOM_DELTA_LINE
  return deltaMode === 1 ? delta * PIXELS_PER_LINE : delta;
}

export class WheelSteps {
  #rest = 0;

  /** Steps to take now, forward above zero; what is left over waits for the next turn. */
  take(turn: Turn): number {
    const pixels = wheelPixels(turn);
    if (turn.deltaMode === 1 || Math.abs(pixels) >= NOTCH_PIXELS) {
      this.#rest = 0;
      return Math.sign(pixels);
    }
    if (this.#rest * pixels < 0) this.#rest = 0;
    this.#rest += pixels;
    const steps = Math.trunc(this.#rest / PIXELS_PER_STEP);
    this.#rest -= steps * PIXELS_PER_STEP;
    return steps;
  }
}
