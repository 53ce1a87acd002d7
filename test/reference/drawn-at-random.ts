/** @file Small images and label maps to compare tools on: made by a seed, and cut out of real ones. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame, LabelMap, SampleType } from "../../src-main/voxels/index.ts";
import type { At, Plane, Size } from "./index.ts";

const fixtures = join(import.meta.dirname, "../fixtures");

/** A picture and labels of its size; named, so that a failure tells on which. */
export interface Scene {
  name: string;
  frame: Frame;
  labels: LabelMap;
  random: Random;
}

export function frameOf(size: Size, data: Frame["data"], channels: 1 | 3 = 1): Frame {
  const sampleType = data.constructor.name.replace("Array", "").toLowerCase() as SampleType;
  return {
    ...size,
    channels,
    sampleType,
    data,
    photometric: channels === 1 ? "MONOCHROME2" : "RGB",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

/** Some blots of classes 1 to 3 over each other, some of one pixel, some cut off by the edge. */
function blots(random: Random, { width, height }: Size): LabelMap {
  const map: LabelMap = { width, height, data: new Uint8Array(width * height) };
  const count = 1 + random.integer(7);
  for (let blot = 0; blot < count; blot++) {
    const value = random.integer(4);
    const center = { x: random.between(-2, width + 2), y: random.between(-2, height + 2) };
    const radius = { x: random.between(0.4, 8), y: random.between(0.4, 8) };
    map.data.forEach((_, index) => {
      const [x, y] = [(index % width) - center.x, Math.floor(index / width) - center.y];
      if ((x / radius.x) ** 2 + (y / radius.y) ** 2 <= 1) map.data[index] = value;
    });
  }
  return map;
}

/** Each is hard in its own way: full of ties, of noise, of values that no histogram likes. */
const pictures: Record<string, (random: Random, map: LabelMap) => Frame> = {
  flat: (_, map) => frameOf(map, new Uint8Array(map.data.length).fill(90)),
  "few values": (random, map) =>
    frameOf(
      map,
      Uint8Array.from(map.data, () => 80 * random.integer(3)),
    ),
  noise: (random, map) =>
    frameOf(
      map,
      Uint8Array.from(map.data, () => random.integer(256)),
    ),
  edges: (random, map) =>
    frameOf(
      map,
      Uint16Array.from(map.data, (value) => 900 + 400 * value + random.integer(90)),
    ),
  ramp: (_, map) =>
    frameOf(
      map,
      Int16Array.from(map.data, (_, index) => 40 * (index % map.width) - 500),
    ),
  color: (random, map) =>
    frameOf(
      map,
      Uint8Array.from({ length: 3 * map.data.length }, () => random.integer(256)),
      3,
    ),
  "not all numbers": (random, map) =>
    frameOf(
      map,
      Float32Array.from(map.data, (value) => {
        const chance = random.uniform();
        return chance < 0.1 ? NaN : chance < 0.12 ? Infinity : value + random.between(0, 0.6);
      }),
    ),
};

/** Scenes of every kind of picture, `count` of each. */
export function randomScenes(topic: string, count: number): Scene[] {
  return Object.entries(pictures).flatMap(([kind, picture]) =>
    Array.from({ length: count }, (_, seed) => {
      const random = new Random(seed, topic, kind);
      const labels = blots(random, { width: 5 + random.integer(20), height: 4 + random.integer(18) });
      return { name: `${kind} ${seed}`, frame: picture(random, labels), labels, random };
    }),
  );
}

/** Slices of hearts around what was outlined there, and chest radiographs of 28 × 28 pixels in two classes by brightness. */
export async function realScenes(topic: string): Promise<Scene[]> {
  const names = readdirSync(join(fixtures, "cardiac/images"));
  const hearts = names.map(async (name) => {
    const [image, mask] = await Promise.all(
      ["images", "masks"].map((folder) =>
        sharp(join(fixtures, "cardiac", folder, name))
          .extractChannel(0)
          .raw()
          .toBuffer({ resolveWithObject: true }),
      ),
    );
    const stride = image!.info.width;
    const inside = [...mask!.data.keys()].filter((index) => mask!.data[index]! > 0);
    const columns = inside.map((index) => index % stride);
    const corner = { x: Math.min(...columns) - 6, y: Math.floor(inside[0]! / stride) - 6 };
    const size = { width: 34, height: 32 };
    const labels = { ...size, data: cut(mask!.data, stride, { corner, size }).map((value) => (value > 0 ? 1 : 0)) };
    const frame = frameOf(size, cut(image!.data, stride, { corner, size }));
    return { name, frame, labels, random: new Random(0, topic, name) };
  });
  const { tensors } = decodeSafetensors(readFileSync(join(fixtures, "pneumonia/chest-28.safetensors")));
  const chests = Array.from({ length: 20 }, (_, image) => {
    const data = (tensors["train.image"]!.data as Uint8Array).slice(784 * image, 784 * (image + 1));
    const labels = { width: 28, height: 28, data: data.map((value) => (value > 150 ? 2 : value > 110 ? 1 : 0)) };
    const name = `chest ${image}`;
    return { name, frame: frameOf(labels, data), labels, random: new Random(image, topic, name) };
  });
  return [...(await Promise.all(hearts)), ...chests];
}

function cut(data: Uint8Array, stride: number, { corner, size }: { corner: At; size: Size }): Uint8Array {
  return Uint8Array.from({ length: size.width * size.height }, (_, index) => {
    const [x, y] = [corner.x + (index % size.width), corner.y + Math.floor(index / size.width)];
    return data[y * stride + x]!;
  });
}

/** A point on the image or a little beside it; every third on a corner of pixels. */
export function somePoint(random: Random, { width, height }: Size): At {
  const at = { x: random.between(-2, width + 2), y: random.between(-2, height + 2) };
  return random.integer(3) === 0 ? { x: Math.round(at.x), y: Math.round(at.y) } : at;
}

/** Rows of digits: a failure shows the shapes. */
export function drawn({ width }: Size, data: Uint8Array): string {
  const text = Array.from(data, (value) => (value === 0 ? "." : String(value))).join("");
  return text.replace(new RegExp(`.{${width}}`, "g"), "$&\n");
}

/** The pixels of one class. */
export function maskOf({ width, height, data }: Plane, value: number): Plane {
  return { width, height, data: data.map((each) => (each === value ? 1 : 0)) };
}
