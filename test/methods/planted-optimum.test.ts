/**
 * @file The search on a task whose best kernel is known: of one cell the widest alone paints anything, a soft edge from dark to bright, and only by
 * such edges can the validation images be outlined. It wins, and where the labels of those images say nothing of them it does not.
 */
import { afterAll, expect, it } from "vitest";
import { add, averageBlocks, mul, sub, type Tensor } from "../../src-main/engine/index.ts";
import { type CompiledProgram, ParameterStore, type State } from "../../src-main/engine/runtime/index.ts";
import { type LevelNetworks, planesOf } from "../../src-main/methods/mask-to-image/networks.ts";
import { architectureStep, segmenterStep } from "../../src-main/methods/mask-to-image/programs.ts";
import { mixtureRows, searchableUp } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { toyNetworks } from "./toy-networks.ts";

const SIDE = 16;
const AREA = SIDE * SIDE;
const BATCH = 4;
/** `ALIQUOT_LONG=1` tries more. */
const STARTS = process.env["ALIQUOT_LONG"] === "1" ? 20 : 5;
const STEPS = 120;
const RATES = {
  architecture: 0.03,
  virtual: 0.1,
  // So slow that there is always more to learn. To a segmenter that knows all that edges tell, faint ones are the next step's better lesson.
  segmenter: 3e-4,
};
/** Between the dark and the bright side. */
const CONTRAST = 0.5;
const NOISE = 0.1;

const networks: LevelNetworks = {
  ...toyNetworks,
  /** One cell, from masks of half the side: background -1, inside 1. */
  paint(scope, labelMap, { cells, shape }) {
    const halved = averageBlocks(sub(mul(planesOf(labelMap, shape), 2), 1), { factor: [2, 2] });
    const [mixture] = mixtureRows(cells as Tensor);
    return add(searchableUp(scope.at("cell"), halved, { channels: 1, mixture: mixture! }), 0.5);
  },
};
const options = {
  shape: {
    size: SIDE,
    channels: 1,
    classes: 1,
    batchSize: BATCH,
    generator: { width: 4, widest: 4, search: "up" },
    discriminator: { width: 4, halvings: 2, between: 0 },
    segmenter: { width: 4, depth: 1 },
  },
  range: { low: -0.5, high: 0.5 },
  second: "synthetic",
  gamma: 1,
  weightDecay: 1e-4,
  direction: { way: "exact", route: "direct", length: 1e-3 },
  validationBatch: BATCH,
  architectureDecay: 0,
  networks,
} as const;

/** Left, upper, right or lower half, its edge moved by `shift`. */
const half = (side: number, shift = 0): Uint8Array =>
  Uint8Array.from({ length: AREA }, (_, place) => {
    const along = side % 2 === 0 ? place % SIDE : Math.floor(place / SIDE);
    return +(along < SIDE / 2 + shift === side < 2);
  });

/** What the widest kernel, with weights of 1/16, paints: sums of -1 and 1 over 4 × 4 places of half the side, nothing beyond the border. */
function softened(mask: Uint8Array): number[] {
  const halved = (row: number, column: number): number => {
    if (row < 0 || column < 0 || row >= SIDE / 2 || column >= SIDE / 2) return 0;
    const places = [0, 1, SIDE, SIDE + 1].map((by) => mask[2 * row * SIDE + 2 * column + by]!);
    return places.reduce((sum, inside) => sum + (2 * inside - 1) / 4, 0);
  };
  return Array.from(mask, (_, place) => {
    const [row, column] = [Math.floor(place / SIDE), place % SIDE].map((at) => Math.ceil((at - 4) / 2)) as [
      number,
      number,
    ];
    let sum = 0;
    for (let down = 0; down < 4; down++) {
      for (let across = 0; across < 4; across++) sum += halved(row + down, column + across) / 16;
    }
    return sum;
  });
}

function joined<Part extends Uint8Array | Float32Array>(whole: Part, parts: readonly Part[]): Part {
  for (const [at, part] of parts.entries()) whole.set(part, at * AREA);
  return whole;
}
const labelMaps = (parts: readonly Uint8Array[]): Uint8Array => joined(new Uint8Array(BATCH * AREA), parts);

const store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(1, name) });
afterAll(() => store.release());
let search: CompiledProgram;
let learn: CompiledProgram;
let fresh: State;

/** The architecture's logits after the search. `turns`: of the validation labels against their images, quarters. */
async function searched(start: number, turns: number): Promise<number[]> {
  const random = new Random("start", start);
  const drawn = (name: string, value: () => number): State => {
    const { shape, data } = fresh[name]!;
    return { [name]: { shape, data: Float32Array.from(data, value) } } as State;
  };
  const weights = Object.keys(fresh).filter((name) => /^network\..*\.weight$/.test(name));
  await store.restore({
    ...fresh,
    ...Object.assign({}, ...weights.map((name) => drawn(name, () => random.normal() / 3))),
    ...drawn("architecture.logits", () => 0.3 * random.normal()),
    ...drawn("generator.cell.kernel4.weight", () => 0),
    ...drawn("generator.cell.kernel6.weight", () => 0),
    ...drawn("generator.cell.kernel8.weight", () => CONTRAST / 16),
  } as State);
  const halves = [0, 1, 2, 3].map((side) => half(side));
  const noisy = (value: number): number => value + NOISE * random.normal();
  const shown = halves.map((mask) => Float32Array.from(softened(mask), (value) => noisy(CONTRAST * value)));
  const validation = {
    validationImage: joined(new Float32Array(BATCH * AREA), shown),
    validationLabelMap: labelMaps(halves.map((_, side) => halves[(side + turns) % 4]!)),
  };
  const logits = async (): Promise<number[]> => [...(await store.state())["architecture.logits"]!.data];
  for (let step = 0; step < STEPS; step++) {
    const drawMasks = () =>
      labelMaps(Array.from({ length: BATCH }, () => half(random.integer(4), random.integer(7) - 3)));
    const batch = {
      // Real pairs that teach nothing.
      image: Float32Array.from({ length: BATCH * AREA }, () => noisy(0)),
      labelMap: drawMasks(),
      secondLabelMap: drawMasks(),
    };
    const powers = (await logits()).map(Math.exp);
    const sum = powers.reduce((total, power) => total + power, 0);
    const shares = Float32Array.from(powers, (power) => power / sum);
    await search.run({ ...batch, ...validation, segmenterRate: RATES.virtual, learningRate: RATES.architecture });
    await learn.run({ ...batch, shares, learningRate: RATES.segmenter });
  }
  return logits();
}

async function wins(turns: number): Promise<number> {
  search ??= await store.compile(architectureStep(options));
  learn ??= await store.compile(segmenterStep(options));
  fresh ??= await store.state();
  let won = 0;
  for (let start = 1; start <= STARTS; start++) {
    const [first, second, third] = (await searched(start, turns)) as [number, number, number];
    won += +(third > Math.max(first, second));
  }
  return won;
}

it("the one kernel that paints what the validation images show wins", async () => {
  expect(await wins(0)).toBeGreaterThanOrEqual(0.8 * STARTS);
});

it("and does not where each validation image has another's labels, of which its own pixels say nothing", async () => {
  expect(await wins(1)).toBeLessThanOrEqual(0.4 * STARTS);
});
