/** @file Time of the main thread in a page: what an event costs the person who waits for the next, without the wait for a frame of the screen. */
import type { Page } from "playwright-core";

declare global {
  interface Window {
    /** Milliseconds spent in animation frames so far. */
    frameWork: number;
  }
}

/** Adds up the time spent in callbacks of animation frames; before the page is opened. */
export async function watchFrames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.frameWork = 0;
    const original = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) =>
      original((time) => {
        const start = performance.now();
        callback(time);
        window.frameWork += performance.now() - start;
      });
  });
}

/** Seconds of all tasks of the main thread so far: script, style, layout, paint. */
export async function taskSeconds(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")!.value;
  };
}
