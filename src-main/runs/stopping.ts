/** @file How runs end early: computing blocks the thread, so between its parts they let messages come in, and leave where one says so. */
import type { Asked } from "./work.ts";

/** Lets messages of the queue come in. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Thrown to leave amid an image, a series or a painting: nothing of it is kept. */
export class Stopped extends Error {}

/** Throws `Stopped`, which the worker takes for the outcome "stopped", where the run is to end. */
export async function goOn(asked: () => Asked): Promise<void> {
  await breathe();
  if (asked() === "stop") throw new Stopped();
}
