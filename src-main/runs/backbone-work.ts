/** @file Questions about backbones, answered in a worker process: files from elsewhere are opened there alone. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { preprocessLabelMap } from "../dataset/index.ts";
import { chooseDevice, type Device } from "../engine/runtime/index.ts";
import { decodeFrame, encodePng } from "../imaging/index.ts";
import { type BackboneShelf, paintFromBackbone, probeBackboneFolder } from "../methods/index.ts";
import { createLabelMap, type LabelMap } from "../voxels/index.ts";
import type { RunCommand, RunReport } from "./messages.ts";

type Question = Extract<RunCommand, { kind: "look-at-backbone" | "paint-on-backbone" }>;

/** Values of a mask image above this one are inside. */
const INSIDE = 127;

export async function answerOnBackbones(question: Question, shelf: BackboneShelf): Promise<RunReport> {
  if (question.kind === "look-at-backbone") return { kind: "backbone-seen", ...(await probeBackboneFolder(question)) };
  const { size, seed, count, masks } = question;
  const places = Array.from({ length: masks?.length ?? count }, (_, place) => place);
  let planes: Uint8Array | null = null;
  if (masks !== null) {
    planes = new Uint8Array(masks.length * size * size);
    for (const [place, path] of masks.entries())
      planes.set(preprocessLabelMap(await maskOf(path), { size, classes: [1] }), place * size * size);
  }
  const { device } = await chooseDevice(question.device as Device);
  const keys = places.map((place) => [seed, "backbone", place]);
  const painted = await paintFromBackbone({ ...question, masks: planes, keys }, { shelf, device });
  const area = size * size;
  const images = [];
  for (const place of places) {
    const pixels = new Uint8Array(3 * area);
    for (let channel = 0; channel < 3; channel++) {
      const plane = painted.subarray((3 * place + channel) * area, (3 * place + channel + 1) * area);
      for (const [at, value] of plane.entries()) pixels[3 * at + channel] = Math.round(255 * value);
    }
    const stem = masks === null ? `image-${place + 1}` : basename(masks[place]!).replace(/\.[^.]+$/, "");
    images.push({ name: `${stem}.png`, bytes: await encodePng(pixels, size, size, 3) });
  }
  return { kind: "backbone-painted", images };
}

/** 1 where the first channel of an image is bright. */
async function maskOf(path: string): Promise<LabelMap> {
  const { width, height, channels, data } = await decodeFrame(readFileSync(path), {
    fileName: basename(path),
    frame: 0,
  });
  const map = createLabelMap(width, height);
  for (let pixel = 0; pixel < map.data.length; pixel++) map.data[pixel] = data[pixel * channels]! > INSIDE ? 1 : 0;
  return map;
}
