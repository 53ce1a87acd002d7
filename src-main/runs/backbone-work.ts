/** @file Questions about backbones, answered in a worker process: files from elsewhere are opened there alone. */
import { chooseDevice, type Device } from "../engine/runtime/index.ts";
import { encodePng } from "../imaging/index.ts";
import { type BackboneShelf, paintFromBackbone, probeBackboneFolder } from "../methods/index.ts";
import { maskOfSize, requireMasks } from "./backbone-masks.ts";
import type { RunCommand, RunParent, RunReport } from "./messages.ts";

type Question = Extract<RunCommand, { kind: "look-at-backbone" | "paint-on-backbone" }>;

/** Returns the answer; pictures go to `parent`, each as soon as it is there. */
export async function answerOnBackbones(
  question: Question,
  { shelf, parent }: { shelf: BackboneShelf; parent: Pick<RunParent, "postMessage"> },
): Promise<RunReport> {
  if (question.kind === "look-at-backbone") return { kind: "backbone-seen", ...(await probeBackboneFolder(question)) };
  const { size, seed, count, masks } = question;
  const keys = Array.from({ length: masks?.length ?? count }, (_, place) => [seed, "backbone", place]);
  if (masks !== null) await requireMasks(masks);
  const maskOf = masks && ((place: number) => maskOfSize(masks[place]!, size));
  const { device } = await chooseDevice(question.device as Device);
  const onStep = (step: number, place: number) => parent.postMessage({ kind: "backbone-step", place, step });
  let place = 0;
  for await (const image of paintFromBackbone({ ...question, maskOf, keys, onStep }, { shelf, device }))
    parent.postMessage({ kind: "backbone-picture", place: place++, bytes: await pictureFile(image, size) });
  return { kind: "backbone-painted" };
}

/** PNG of an image `[3, size, size]` in [0, 1]. */
function pictureFile(image: Float32Array, size: number): Promise<Uint8Array> {
  const area = size * size;
  const pixels = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const plane = image.subarray(channel * area, (channel + 1) * area);
    for (const [at, value] of plane.entries()) pixels[3 * at + channel] = Math.round(255 * value);
  }
  return encodePng(pixels, size, size, 3);
}
