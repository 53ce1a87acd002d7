/** @file Every tool of the product against its plain second implementation, on hundreds of small images. */
import { expect, test } from "vitest";
import type { Random } from "../../src-main/random/index.ts";
import {
  bridge,
  closeMask,
  createMask,
  cutAlong,
  ellipseMask,
  fillHoles,
  growMask,
  interpolateSlices,
  type LabelMap,
  largestComponent,
  Livewire,
  openMask,
  paintSegment,
  polygonMask,
  rectangleMask,
  regionOfClass,
  regionOfIntensity,
  shapeAt,
  shrinkMask,
  smoothMask,
  snapToEdge,
} from "../../src-main/voxels/index.ts";
import { drawn, frameOf, maskOf, randomScenes, realScenes, type Scene, somePoint } from "./drawn-at-random.ts";
import {
  type At,
  betweenOf,
  bridgeOf,
  classRegionOf,
  closeOf,
  cutOf,
  ellipseOf,
  filledOf,
  growOf,
  largestOf,
  openOf,
  pixelAt,
  polygonOf,
  rectangleOf,
  regionOf,
  shrinkOf,
  smoothOf,
  snappedOf,
  strokeOf,
  wireOf,
} from "./index.ts";

/** Both on each of `count` scenes of every kind and on the real ones. On so many scenes or more the tool must have done something. */
async function onScenes(
  topic: string,
  { count, done }: { count: number; done: number },
  both: (scene: Scene) => [product: Uint8Array, reference: Uint8Array, before?: Uint8Array][],
): Promise<void> {
  let changed = 0;
  for (const scene of [...randomScenes(topic, count), ...(await realScenes(topic))]) {
    both(scene).forEach(([product, reference, before = scene.labels.data], index) => {
      const what = `${topic} ${index + 1} on ${scene.name}`;
      expect(drawn(scene.labels, product), what).toBe(drawn(scene.labels, reference));
      if (reference.some((value, at) => value !== before[at])) changed++;
    });
  }
  expect(changed).toBeGreaterThanOrEqual(done);
}

/** One that is there, if any is. */
function someClass(random: Random, { data }: LabelMap): number {
  const values = data.filter((value) => value > 0);
  return values.length === 0 ? 1 : values[random.integer(values.length)]!;
}

/** Width and height of a pixel: mostly square. */
function someSpacing(random: Random): At {
  return random.integer(3) > 0 ? { x: 1, y: 1 } : { x: random.between(0.5, 2), y: random.between(0.5, 2) };
}

test("snap to edge", async () => {
  await onScenes("snap", { count: 30, done: 150 }, ({ frame, labels, random }) => {
    const mask = maskOf(labels, someClass(random, labels));
    const reach = [1, 1.5, 2, 3, 5][random.integer(5)]!;
    return [[snapToEdge(frame, mask, reach).data, snappedOf(frame, mask, reach), mask.data]];
  });
});

test("smooth", async () => {
  await onScenes("smooth", { count: 40, done: 400 }, ({ labels, random }) => {
    const mask = maskOf(labels, someClass(random, labels));
    const [sigma, spacing] = [random.between(0.3, 3.5), someSpacing(random)];
    return [
      [smoothMask(mask, sigma, spacing).data, smoothOf(mask, sigma, spacing), mask.data],
      [smoothMask(mask, 2).data, smoothOf(mask, 2), mask.data],
    ];
  });
});

test("live wire, pixel by pixel along the whole way", async () => {
  const wires = ({ name, frame, random }: Scene): void => {
    const livewire = new Livewire(frame);
    for (let from = 0; from < 2; from++) {
      const anchor = somePoint(random, frame);
      const wire = livewire.from(anchor);
      for (let to = 0; to < 3; to++) {
        const target = somePoint(random, frame);
        expect(wire.pathTo(target), `from ${JSON.stringify(anchor)} on ${name}`).toEqual(wireOf(frame, anchor, target));
      }
    }
  };
  [...randomScenes("wire", 15), ...(await realScenes("wire"))].forEach(wires);
});

test("live wire on images that it does not survey or reach as a whole", () => {
  const long = frameOf(
    { width: 1400, height: 3 },
    Uint8Array.from({ length: 4200 }, (_, index) => (index * 89) % 241),
  );
  const wire = new Livewire(long).from({ x: 100, y: 1 });
  for (const target of [
    { x: 612.5, y: 2 },
    { x: 1399, y: 0 },
    { x: 640, y: 2.5 },
  ])
    expect(wire.pathTo(target)).toEqual(wireOf(long, { x: 100, y: 1 }, target));
  const large = frameOf(
    { width: 260, height: 253 },
    Uint8Array.from({ length: 260 * 253 }, (_, index) => (index * 7919) % 251),
  );
  const [from, to] = [
    { x: 30, y: 200 },
    { x: 55, y: 188 },
  ];
  expect(new Livewire(large).from(from).pathTo(to)).toEqual(wireOf(large, from, to));
});

test("cut", async () => {
  await onScenes("cut", { count: 60, done: 300 }, ({ labels, random }) => {
    const value = someClass(random, labels);
    const path = Array.from({ length: 2 + random.integer(4) }, () => somePoint(random, labels));
    const map = { ...labels, data: labels.data.slice() };
    cutAlong(map, path, value);
    return [[map.data, cutOf(labels, path, value)]];
  });
});

test("bridge", async () => {
  await onScenes("bridge", { count: 80, done: 150 }, ({ labels: whole, random }) => {
    // Crumbs of what was drawn, and from one pixel of a class to another, so that most pairs are two shapes of it.
    const share = random.uniform();
    const labels = { ...whole, data: whole.data.map((each) => (random.uniform() < share ? each : 0)) };
    const value = someClass(random, labels);
    const pixels = [...labels.data.keys()].filter((index) => labels.data[index] === value);
    const pick = (): At => {
      const index = pixels.length === 0 ? 0 : pixels[random.integer(pixels.length)]!;
      return { x: (index % labels.width) + random.uniform(), y: Math.floor(index / labels.width) + random.uniform() };
    };
    const [from, to, radius] = [pick(), pick(), random.between(0.3, 3)];
    const locked = random.integer(4);
    const isLocked = (each: number): boolean => each === locked && each > 0 && each !== value;
    const map = { ...labels, data: labels.data.slice() };
    const [first, second] = [shapeAt(map, from), shapeAt(map, to)];
    const isSame = first?.mask.data[pixelAt(map, to)!] === 1;
    if (first !== null && second !== null && !isSame) {
      bridge(map, first.mask, second.mask, { value: first.value, thickness: 2 * radius }, isLocked);
    }
    return [[map.data, bridgeOf(labels, { from, to }, { radius, isLocked }), labels.data]];
  });
});

test("slices between", async () => {
  const scenes = [...randomScenes("between", 25), ...(await realScenes("between"))];
  let drawnBetween = 0;
  for (const { name, labels, random } of scenes) {
    const others = scenes.filter(({ labels: other }) => other.width === labels.width && other.height === labels.height);
    const to = others[random.integer(others.length)]!.labels;
    for (const fraction of [0, 1 / 2, 1 / 3, random.uniform(), 1]) {
      const spacing = someSpacing(random);
      const product = interpolateSlices(labels, to, fraction, spacing).data;
      const reference = betweenOf(labels, to, fraction, spacing);
      expect(drawn(labels, product), `${fraction} after ${name}`).toBe(drawn(labels, reference));
      if (reference.some((value) => value > 0) && to !== labels) drawnBetween++;
    }
  }
  expect(drawnBetween).toBeGreaterThan(150);
});

test("grow, shrink, open, close, fill holes, keep largest", async () => {
  await onScenes("morphology", { count: 15, done: 400 }, ({ labels, random }) => {
    const mask = maskOf(labels, someClass(random, labels));
    const radius = [1, 1.5, 2, 3, random.between(0, 4)][random.integer(5)]!;
    return [
      [growMask(mask, radius).data, growOf(mask, radius), mask.data],
      [shrinkMask(mask, radius).data, shrinkOf(mask, radius), mask.data],
      [openMask(mask, radius).data, openOf(mask, radius), mask.data],
      [closeMask(mask, radius).data, closeOf(mask, radius), mask.data],
      [fillHoles(mask).data, filledOf(mask), mask.data],
      [largestComponent(mask.data, [mask.height, mask.width], 2), largestOf(mask), mask.data],
    ];
  });
});

test("brush, rectangle, ellipse, polygon, fill, wand", async () => {
  await onScenes("drawing", { count: 40, done: 1000 }, ({ frame, labels, random }) => {
    const [a, b] = [somePoint(random, labels), somePoint(random, labels)];
    const corners = Array.from({ length: 3 + random.integer(5) }, () => somePoint(random, labels));
    const [radius, tolerance] = [random.between(0.3, 6), random.between(0, 120)];
    const painted = createMask(labels.width, labels.height);
    paintSegment(painted, a, b, radius, 1);
    return [
      [painted.data, strokeOf(labels, [a, b], radius)],
      [rectangleMask(labels, a, b).data, rectangleOf(labels, a, b)],
      [ellipseMask(labels, a, b).data, ellipseOf(labels, a, b)],
      [polygonMask(labels, corners).data, polygonOf(labels, corners)],
      [regionOfClass(labels, a).data, classRegionOf(labels, a)],
      [regionOfIntensity(frame, a, tolerance).data, regionOf(frame, a, tolerance)],
    ];
  });
});
