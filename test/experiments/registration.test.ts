/**
 * @file E1: the registration network of RegGAN alone, both images of one modality and the generator left out. What it learns is judged on images that it has
 * not seen, against the movement that was made.
 */
import { expect, it } from "vitest";
import { drawMisalignment, misalign, type Misalignment } from "../../src-main/dataset/index.ts";
import { add, concat, mul, warp, type Scope } from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { registration } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adam, flowSmoothness, inferStep, meanAbsoluteError, trainStep } from "../../src-main/training/index.ts";
import { brainSlices } from "./brain-phantom.ts";

const LEVEL = 3;
const BATCH = 4;
const [TRAINED, HELD_OUT] = [200, 24];
const SHAPE = (side: number, batch: number) => ({ shape: [batch, 1, side, side] });

interface Pair {
  moved: Float32Array;
  fixed: Float32Array;
  by: { moved: Misalignment; fixed: Misalignment };
}

/** One slice of the second modality, in [-1, 1], moved twice. */
function pairOf(slice: number, draw: number, side: number): Pair {
  const data = brainSlices(11, slice, side).t2.map((value) => 2 * value - 1);
  const drawn = (name: string) => drawMisalignment(LEVEL, side, new Random(11, name, draw));
  const by = { moved: drawn("moved"), fixed: drawn("fixed") };
  const of = (movement: Misalignment) => misalign({ width: side, height: side, channels: 1, data }, movement).data;
  return { moved: of(by.moved), fixed: of(by.fixed), by };
}

interface Point {
  x: number;
  y: number;
}

/** Where `misalign` reads what it shows at a point, and where it shows what it read there. */
const readAt = ({ degrees, scale, shift }: Misalignment, { x, y }: Point, center: number): Point => {
  const angle = (degrees * Math.PI) / 180;
  const [dx, dy] = [(x - center - shift.x) / scale, (y - center - shift.y) / scale];
  return {
    x: Math.cos(angle) * dx + Math.sin(angle) * dy + center,
    y: Math.cos(angle) * dy - Math.sin(angle) * dx + center,
  };
};
const shownAt = ({ degrees, scale, shift }: Misalignment, { x, y }: Point, center: number): Point => {
  const angle = (degrees * Math.PI) / 180;
  const [dx, dy] = [scale * (x - center), scale * (y - center)];
  return {
    x: Math.cos(angle) * dx - Math.sin(angle) * dy + center + shift.x,
    y: Math.cos(angle) * dy + Math.sin(angle) * dx + center + shift.y,
  };
};

/** Mean length, in pixels within the head, of what `flow` lacks of the flow that moves one image exactly onto the other. */
function flowError({ fixed, by }: Pair, flow: Float32Array, side: number): number {
  const area = side * side;
  const center = (side - 1) / 2;
  const errors = [...fixed.keys()]
    .filter((at) => fixed[at]! > -1)
    .map((at) => {
      const here = { x: at % side, y: Math.floor(at / side) };
      const there = shownAt(by.moved, readAt(by.fixed, here, center), center);
      return Math.hypot(here.y + flow[at]! - there.y, here.x + flow[area + at]! - there.x);
    });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

const meanDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) / a.length;

/** Trains, and tells for images not seen: mean |difference| and error of the flow, left as they were and registered. */
async function trainRegistration({ side, levels, steps }: { side: number; levels: number; steps: number }) {
  const down = [8, ...Array.from({ length: levels - 1 }, () => 16)];
  const flowOf = (scope: Scope, moved: Parameters<typeof warp>[0], fixed: typeof moved) =>
    registration(scope, concat([moved, fixed], { axis: 1 }), { down, middle: 1 });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(11, name), threads: 1 });
  const learn = await store.compile(
    trainStep({
      name: "register.train",
      networks: ["registration"],
      trained: ["registration"],
      inputs: { moved: SHAPE(side, BATCH), fixed: SHAPE(side, BATCH) },
      loss({ registration: scope }: Readonly<Record<string, Scope>>, { moved, fixed }) {
        const flow = flowOf(scope!, moved, fixed);
        const correction = meanAbsoluteError(warp(moved, flow), fixed);
        return { total: add(mul(correction, 20), mul(flowSmoothness(flow), 10)), correction };
      },
      optimizer: adam({ beta1: 0.5, beta2: 0.999 }),
    }),
  );
  const register = await store.compile(
    inferStep({
      name: "register",
      networks: ["registration"],
      inputs: { moved: SHAPE(side, 1), fixed: SHAPE(side, 1) },
      outputs: ({ registration: scope }: Readonly<Record<string, Scope>>, { moved, fixed }) => {
        const flow = flowOf(scope!, moved, fixed);
        return { flow, registered: warp(moved, flow) };
      },
    }),
  );
  const area = side * side;
  for (let step = 0; step < steps; step++) {
    const [moved, fixed] = [new Float32Array(BATCH * area), new Float32Array(BATCH * area)];
    for (let place = 0; place < BATCH; place++) {
      const draw = step * BATCH + place;
      const pair = pairOf(draw % TRAINED, draw, side);
      moved.set(pair.moved, place * area);
      fixed.set(pair.fixed, place * area);
    }
    await learn.run({ moved, fixed, learningRate: 5e-4 });
  }
  const sums = { apart: 0, registered: 0, flow: 0, noFlow: 0 };
  for (let index = 0; index < HELD_OUT; index++) {
    const pair = pairOf(TRAINED + index, 1_000_000 + index, side);
    const { flow, registered } = await register.run({ moved: pair.moved, fixed: pair.fixed });
    sums.apart += meanDifference(pair.moved, pair.fixed) / HELD_OUT;
    sums.registered += meanDifference(registered!.data as Float32Array, pair.fixed) / HELD_OUT;
    sums.flow += flowError(pair, flow!.data as Float32Array, side) / HELD_OUT;
    sums.noFlow += flowError(pair, new Float32Array(2 * area), side) / HELD_OUT;
  }
  await store.release();
  return sums;
}

it("the flow of a known movement is the one that is judged against", () => {
  const side = 32;
  const pair = pairOf(0, 0, side);
  const center = (side - 1) / 2;
  const same = { ...pair, by: { moved: pair.by.fixed, fixed: pair.by.fixed } };
  expect(flowError(same, new Float32Array(2 * side * side), side)).toBeCloseTo(0, 6);
  // Read by the true flow, to the next pixel, the one image is the other but for pixels that were rounded twice.
  const place = ({ x, y }: Point) => Math.round(y) * side + Math.round(x);
  const isSame = [...pair.fixed.keys()].filter((at) => {
    const there = shownAt(
      pair.by.moved,
      readAt(pair.by.fixed, { x: at % side, y: Math.floor(at / side) }, center),
      center,
    );
    return Math.abs((pair.moved[place(there)] ?? -1) - pair.fixed[at]!) < 0.3;
  });
  expect(isSame.length / pair.fixed.length).toBeGreaterThan(0.9);
});

it(
  "E1: registration alone takes most of the difference away, by the movement that was made",
  { timeout: 120_000 },
  async () => {
    const { apart, registered, flow, noFlow } = await trainRegistration({ side: 32, levels: 3, steps: 250 });
    expect(registered).toBeLessThan(0.6 * apart);
    expect(flow).toBeLessThan(0.6 * noFlow);
  },
);

it.skipIf(process.env["ALIQUOT_LONG"] !== "1")(
  "E1 at the specification's size and number of steps (ALIQUOT_LONG=1)",
  { timeout: 3_600_000 },
  async () => {
    const sums = await trainRegistration({ side: 64, levels: 4, steps: 400 });
    console.log(`E1, 64², 400 steps: ${JSON.stringify(sums)}`);
    expect(sums.registered).toBeLessThan(0.6 * sums.apart);
    expect(sums.flow).toBeLessThan(0.5 * sums.noFlow);
  },
);
