/** @file The denoiser family against the tables of the specification, and the wiring of control maps against a computation by hand. */
import { expect, test } from "vitest";
import {
  add,
  type Dtype,
  constant,
  defineProgram,
  input,
  type RandomSource,
  Scope,
  sizeOf,
  type Tensor,
} from "../engine/index.ts";
import { ParameterStore } from "../engine/runtime/index.ts";
import { Random } from "../random/index.ts";
import {
  controlBranch,
  denoiserDecoder,
  denoiserEncoder,
  type DenoiserShape,
  encoderWidths,
  fanInUniform,
  hint,
  type HintOptions,
  klDecoder,
  klEncoder,
  patchMerge,
  timeWaves,
} from "./index.ts";

const xs: DenoiserShape = { latentChannels: 12, width: 24, multipliers: [1, 2, 2], conditions: 2 };
const s: DenoiserShape = { latentChannels: 12, width: 48, multipliers: [1, 2, 3], conditions: 2 };
const m: DenoiserShape = { latentChannels: 48, width: 64, multipliers: [1, 2, 3], conditions: 2 };

const count = (scope: Scope, part = ""): number =>
  scope
    .parameters()
    .filter(({ node }) => node.leaf?.kind === "state" && node.leaf.name.startsWith(`${scope.path}.${part}`))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const fed = (shape: readonly number[], name: string, dtype: Dtype = "float32"): Tensor => input(name, { shape, dtype });

function inputsOf({ latentChannels }: DenoiserShape, side: number) {
  return {
    latent: fed([1, latentChannels, side, side], "latent"),
    time: fed([1], "time"),
    condition: fed([1], "condition", "int64"),
  };
}

const FAMILY = [
  { name: "XS", shape: xs, hintWidth: 4, halvings: 1, body: 248_808, decoder: 383_580, outlets: 11_208, hint: 12_904 },
  {
    name: "S",
    shape: s,
    hintWidth: 8,
    halvings: 1,
    body: 1_680_048,
    decoder: 2_383_836,
    outlets: 67_440,
    hint: 51_024,
  },
  {
    name: "M",
    shape: m,
    hintWidth: 8,
    halvings: 2,
    body: 3_002_176,
    decoder: 4_252_912,
    outlets: 119_616,
    hint: 193_376,
  },
] as const;

test.each(FAMILY)(
  "$name has the parameters of the specification's table",
  ({ shape, hintWidth, halvings, ...table }) => {
    const side = 16;
    const [encoder, decoder, control] = ["encoder", "decoder", "control"].map((path) => Scope.root(path)) as [
      Scope,
      Scope,
      Scope,
    ];
    const inputs = inputsOf(shape, side);
    const picture = fed([1, 3, side << halvings, side << halvings], "picture");
    const options: HintOptions = { kind: "dense", width: hintWidth, halvings, channels: shape.width };
    const hinted = hint(control.at("hint"), picture, options);
    expect(hinted.shape).toEqual([1, shape.width, side, side]);
    const residuals = controlBranch(control, inputs, hinted, shape, fanInUniform);
    expect(residuals.map((one) => one.shape[1])).toEqual(encoderWidths(shape));
    const features = denoiserEncoder(encoder, inputs, shape);
    expect(denoiserDecoder(decoder, features, shape, residuals).shape).toEqual(inputs.latent.shape);
    const found = {
      body: count(encoder),
      decoder: count(decoder),
      outlets: count(control, "outlet."),
      hint: count(control, "hint."),
    };
    const { body, decoder: half, outlets, hint: stem } = table;
    expect(found).toEqual({ body, decoder: half, outlets, hint: stem });
    expect(count(control, "encoder.")).toBe(body);
  },
);

test("the layers of S have the parameters of the specification's table", () => {
  const [encoder, decoder] = [Scope.root("encoder"), Scope.root("decoder")];
  denoiserDecoder(decoder, denoiserEncoder(encoder, inputsOf(s, 32), s), s);
  const encoderParts = [
    "time.",
    "condition.",
    "enter.",
    "level.0.block",
    "level.1.down",
    "level.1.block",
    "level.2.down",
    "level.2.block",
    "level.2.attention",
    "middle.",
  ];
  expect(encoderParts.map((part) => count(encoder, part))).toEqual([
    46_464,
    384,
    5232,
    51_024,
    20_784,
    148_128,
    83_040,
    437_376 - 83_808,
    83_808,
    887_616,
  ]);
  const decoderParts = [
    "level.2.0.",
    "level.2.1.",
    "level.2.up",
    "level.1.0.",
    "level.1.1.",
    "level.1.up",
    "level.0.0.",
    "level.0.1.",
    "head.",
  ];
  expect(decoderParts.map((part) => count(decoder, part))).toEqual([
    714_240,
    831_792 - 186_768,
    186_768,
    332_832,
    323_520 - 83_040,
    83_040,
    99_648,
    76_512,
    5292,
  ]);
});

test("the dense hint of the paper's size has 3,263,872 parameters, the sparse one's first layers those of ControlNet", () => {
  const scope = Scope.root("hint");
  const result = hint(scope, fed([1, 3, 16, 16], "picture"), { kind: "dense", width: 16, halvings: 3, channels: 320 });
  expect([result.shape, count(scope)]).toEqual([[1, 320, 2, 2], 3_263_872]);
  const plain = Scope.root("plain");
  hint(plain, fed([1, 3, 16, 16], "picture"), { kind: "plain", width: 16, halvings: 3, channels: 320 });
  const parts = ["conv.0", "conv.1", "down.0", "conv.2", "down.1", "conv.3", "down.2", "out"];
  const counts = parts.map((part) => count(plain, part));
  expect(counts).toEqual([448, 2320, 4640, 9248, 27_744, 83_040, 221_440, 737_600]);
  expect(counts.reduce((sum, one) => sum + one)).toBe(1_086_480); // ControlNet's
  expect(count(plain, "")).toBe(1_086_480);
});

test("the autoencoder has the parameters of the specification", () => {
  const [encoder, decoder] = [Scope.root("encoder"), Scope.root("decoder")];
  const { mean } = klEncoder(encoder, fed([2, 3, 32, 32], "image"));
  expect([mean.shape, klDecoder(decoder, mean, 3).shape]).toEqual([
    [2, 4, 8, 8],
    [2, 3, 32, 32],
  ]);
  expect([count(encoder), count(decoder)]).toEqual([786_896, 782_039]);
});

/** Runs a program on weights that are all at random, none of them 0. */
async function run(
  outputs: Record<string, Tensor>,
  feeds: Record<string, Float32Array | BigInt64Array>,
  change: Record<string, (value: Float32Array) => void> = {},
): Promise<Record<string, Float32Array>> {
  const program = defineProgram({ name: "check", outputs });
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) as RandomSource });
  const compiled = await store.compile(program);
  const state = Object.fromEntries(
    program.states.map(({ name, shape }) => {
      const random = new Random(2, name);
      const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.2 * random.normal());
      change[name]?.(data);
      return [name, { shape, data }];
    }),
  );
  await store.restore(state);
  const given = await compiled.run(feeds);
  await store.release();
  return Object.fromEntries(Object.entries(given).map(([name, { data }]) => [name, data as Float32Array]));
}

test("patches are merged in the order (row, column) = (0, 0), (1, 0), (0, 1), (1, 1), channel by channel within each", async () => {
  const [channels, side] = [2, 4];
  const merged = patchMerge(Scope.root("stem"), fed([1, channels, side, side], "x"));
  const x = Float32Array.from({ length: channels * side * side }, (_, i) => Math.sin(i * i));
  // The linear map picks one of the normalized numbers: output o is token place `chosen[o]`.
  const chosen = [0, 3, 5, 6];
  const { y } = await run(
    { y: merged },
    { x },
    {
      "stem.norm.weight": (data) => data.fill(1),
      "stem.norm.bias": (data) => data.fill(0),
      "stem.merge.bias": (data) => data.fill(0),
      "stem.merge.weight": (data) => {
        data.fill(0);
        for (const [out, from] of chosen.entries()) data[out * 4 * channels + from] = 1;
      },
    },
  );
  const places = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const;
  for (let block = 0; block < 4; block++) {
    const [top, left] = [2 * Math.floor(block / 2), 2 * (block % 2)];
    const token = places.flatMap(([row, column]) =>
      [0, 1].map((channel) => x[channel * side * side + (top + row) * side + left + column]!),
    );
    const mean = token.reduce((sum, value) => sum + value, 0) / token.length;
    const variance = token.reduce((sum, value) => sum + (value - mean) ** 2, 0) / token.length;
    for (const [out, from] of chosen.entries()) {
      expect(y![out * 4 + block]).toBeCloseTo((token[from]! - mean) / Math.sqrt(variance + 1e-5), 4);
    }
  }
});

test("time is told by cosines, then sines, of frequencies from 1 down to 10000^-(1 - 1/half)", async () => {
  const { y } = await run({ y: timeWaves(fed([2], "time"), 8) }, { time: Float32Array.of(3, 999) });
  const expected = [3, 999].flatMap((t) => [
    ...[0, 1, 2, 3].map((i) => Math.cos(t * 10_000 ** (-i / 4))),
    ...[0, 1, 2, 3].map((i) => Math.sin(t * 10_000 ** (-i / 4))),
  ]);
  for (const [i, value] of expected.entries()) expect(Math.abs(y![i]! - value)).toBeLessThan(1e-4);
});

/** 4 × 4 latent images; every row of the encoder by itself. */
const tiny: DenoiserShape = { latentChannels: 2, width: 8, multipliers: [1, 2], conditions: 2 };
const tinyFeeds = () => {
  const random = new Random(5);
  return {
    latent: Float32Array.from({ length: 2 * 4 * 4 }, () => random.normal()),
    time: Float32Array.of(321),
    condition: BigInt64Array.of(1n),
  };
};

test.each(encoderWidths(tiny).map((_, row) => row))(
  "a control map of row %i reaches that row of the decoder and no other",
  async (row) => {
    const inputs = inputsOf(tiny, 4);
    const features = denoiserEncoder(Scope.root("encoder"), inputs, tiny);
    const decoder = Scope.root("decoder");
    const control = Scope.root("control");
    const hinted = fed([1, 8, 4, 4], "hinted");
    const residuals = controlBranch(control, inputs, hinted, tiny, fanInUniform);
    const controlled = denoiserDecoder(decoder, features, tiny, residuals);
    const byHand = denoiserDecoder(
      decoder,
      {
        ...features,
        rows: features.rows.map((one, index) => (index === row ? add(one, constant([1], { shape: [] })) : one)),
      },
      tiny,
    );
    const plain = denoiserDecoder(decoder, features, tiny);
    const outlets = encoderWidths(tiny).flatMap((_, index): [string, (data: Float32Array) => void][] => [
      [`control.outlet.${index}.weight`, (data) => void data.fill(0)],
      [`control.outlet.${index}.bias`, (data) => void data.fill(index === row ? 1 : 0)],
    ]);
    const feeds = { ...tinyFeeds(), hinted: new Float32Array(8 * 16).fill(0.3) };
    const found = await run({ controlled, byHand, plain }, feeds, Object.fromEntries(outlets));
    expect(found["controlled"]).toEqual(found["byHand"]);
    expect(found["controlled"]).not.toEqual(found["plain"]);
  },
);

test("with its outlets at 0 a control branch changes no bit, whatever its hint", async () => {
  const inputs = inputsOf(tiny, 4);
  const features = denoiserEncoder(Scope.root("encoder"), inputs, tiny);
  const decoder = Scope.root("decoder");
  const residuals = controlBranch(Scope.root("control"), inputs, fed([1, 8, 4, 4], "hinted"), tiny, fanInUniform);
  const outlets = encoderWidths(tiny).flatMap((_, index) =>
    ["weight", "bias"].map(
      (part) => [`control.outlet.${index}.${part}`, (data: Float32Array) => void data.fill(0)] as const,
    ),
  );
  const random = new Random(9);
  const hinted = Float32Array.from({ length: 8 * 16 }, () => random.normal());
  const found = await run(
    {
      controlled: denoiserDecoder(decoder, features, tiny, residuals),
      plain: denoiserDecoder(decoder, features, tiny),
    },
    { ...tinyFeeds(), hinted },
    Object.fromEntries(outlets),
  );
  expect(found["controlled"]).toEqual(found["plain"]);
});

test("a latent image that cannot be halved often enough is refused with its sizes", () => {
  expect(() => denoiserEncoder(Scope.root("encoder"), inputsOf(s, 6), s)).toThrow(
    /6 × 6 are not divisible by 4 \(3 levels\)/,
  );
});
