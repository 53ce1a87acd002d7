/** @file Siamese-Diffusion trained on a frozen backbone in tiny: its equations, resuming to the bit, painting with what was learned. */
import { expect, test } from "vitest";
import type { CaseSource, FrameRole } from "../../src-main/dataset/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import type { OwnJudgment, StartRequest, TrainingSession } from "../../src-main/methods/index.ts";
import { probeBackbone } from "../../src-main/methods/siamese-diffusion/backbone/probe.ts";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import { temporaryFolder } from "../api/fixture.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";
import { tinyBackbone, tinyContexts, writeFiles } from "./tiny-backbone.ts";

const ROLES: readonly FrameRole[] = ["train", "train", "train", "validate"];
const study = blobStudy(1, { learned: ROLES.length, judged: 0, side: 16 });

async function shelfWith(parts: { unet?: boolean; encoder?: "moments" | "images" } = {}) {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(11);
  writeFiles(folder, {
    "vae_encoder.onnx": await tiny.vaeEncoder(parts.encoder ?? "moments"),
    "vae_decoder.onnx": await tiny.vaeDecoder(),
    "front.onnx": await tiny.front(),
    ...(parts.unet === true && { "unet.onnx": await tiny.unet() }),
    "contexts.safetensors": tinyContexts(),
  });
  const { record } = await probeBackbone({ folder, prompt: "" });
  return { record, folder, find: (id: string) => (id === record.id ? { record, folder } : null) };
}

type Shelf = Awaited<ReturnType<typeof shelfWith>>;

function request(shelf: Shelf, change: Partial<StartRequest> = {}): StartRequest {
  const cases: CaseSource = {
    ...study,
    frames: ROLES.map((role, index) => ({ frameId: index + 1, caseId: index + 1, role, hasLabelMap: true })),
  };
  const settings = {
    backbone: shelf.record.id,
    size: 64,
    batchSize: 2,
    denoiser: "XS",
    steps: 3,
    learningRate: 0.002,
    emaDecay: 0.5,
    validateEvery: 3,
    controlDrop: 0,
    augmentedPart: "whole",
  };
  const common = { seed: 3, device: "cpu", classes: study.classes, channels: 1, backbones: shelf } as const;
  return { cases, settings, ...common, ...change };
}

async function runTo(session: TrainingSession, step: number): Promise<Record<string, number>[]> {
  const figures: Record<string, number>[] = [];
  while (session.step < step) figures.push(await session.runStep());
  return figures;
}

const judge = () => expect.unreachable();

/** Opening the whole step takes ten seconds of a core, twice for the two it has: `ALIQUOT_LONG=1` tries all of it, the suite the mask's branch alone. */
const longTest = test.runIf(process.env["ALIQUOT_LONG"] === "1");

longTest(
  "its losses are those of the siamese training; it goes on from a checkpoint to the bit, scores itself and paints by mask and key",
  { timeout: 900_000 },
  async () => {
    const shelf = await shelfWith({ unet: true });
    const whole = await siameseDiffusion.start(request(shelf));
    expect(whole.steps).toBe(3);
    const figures = await runTo(whole, 2);
    const resume = await whole.checkpoint();
    figures.push(...(await runTo(whole, 3)));
    // Nothing of the image is in the second branch yet, and the head gives 0: both are the backbone's own noise.
    expect(figures[0]).toMatchObject({ consistency: 0, imageWeight: 0 });
    expect(figures[0]!["imageBranch"]).toBeCloseTo(figures[0]!["maskBranch"]!, 6);
    expect(figures[0]!["loss"]).toBeCloseTo(2 * figures[0]!["maskBranch"]!, 5);
    expect(figures.map((one) => "augmentation" in one)).toEqual([false, false, true]);
    expect(figures[2]!["imageWeight"]).toBeCloseTo(2 / 3, 6);
    expect(figures[2]!["consistency"]).toBeGreaterThan(0);

    const second = await siameseDiffusion.start(request(shelf, { resume }));
    expect(await runTo(second, 3)).toEqual(figures.slice(2));
    const tensors = async (session: TrainingSession) => decodeSafetensors(await session.weights()).tensors;
    expect(await tensors(second)).toEqual(await tensors(whole));
    await second.release();

    const shown: number[] = [];
    const look = () =>
      whole.validate(judge, (frameId) => void shown.push(frameId), new Set([4])) as Promise<OwnJudgment>;
    const [one, again] = [await look(), await look()];
    expect(one).toEqual(again);
    expect(one.score).toBeGreaterThan(0);
    expect(shown).toEqual([4, 4]);

    const weights = await whole.weights();
    await whole.release();
    const generator = await siameseDiffusion.openGenerator!(weights, "cpu", { backbones: shelf });
    expect([generator.size, generator.channels]).toEqual([64, 3]);
    const masks = new Uint8Array(2 * 64 * 64);
    masks.fill(1, 0, 2000);
    const settings = { samplingSteps: 2, guidance: 2 };
    const pair = await generator.paint(masks, [[1], [2]], { settings });
    const alone = await generator.paint(masks.subarray(64 * 64), [[2]], { settings });
    expect(pair.subarray(pair.length / 2)).toEqual(alone);
    for (const value of pair) expect(value >= 0 && value <= 1).toBe(true);
    await generator.release();
    await expect(siameseDiffusion.openGenerator!(weights, "cpu")).rejects.toThrow(/is not on this computer/);
  },
);

test(
  "without a UNet of its own the backbone gives maps alone: the first prediction is 0; it goes on from a checkpoint to the bit",
  { timeout: 180_000 },
  async () => {
    const shelf = await shelfWith({ encoder: "images" });
    const settings = { ...request(shelf).settings, imageBranch: false, emaDecay: 0.999 };
    const whole = await siameseDiffusion.start(request(shelf, { settings }));
    const own = async (network: string): Promise<Float32Array> => {
      const { tensors } = decodeSafetensors(await whole.checkpoint());
      const named = Object.entries(tensors).filter(([name]) => name.startsWith(`${network}.`));
      return Float32Array.from(named.flatMap(([, { data }]) => [...(data as Float32Array)]));
    };
    const start = await own("decoder");
    const [first] = await runTo(whole, 1);
    // The averages follow from the first step on, whatever their decay: (1 + 0) / (10 + 0) of the start is left.
    const [now, average] = [await own("decoder"), await own("decoderAverage")];
    const apart = (one: Float32Array, other: Float32Array): number =>
      Math.sqrt(one.reduce((sum, value, at) => sum + (value - other[at]!) ** 2, 0));
    expect(apart(average, now) / apart(start, now)).toBeCloseTo(0.1, 3);
    expect(first!["maskBranch"]).toBeGreaterThan(0.8);
    expect(first!["maskBranch"]).toBeLessThan(1.2);
    const resume = await whole.checkpoint();
    const expected = await runTo(whole, 2);
    for (const figures of [first!, expected[0]!]) {
      // Of two samples: in a bin of times each, or both in one.
      const bins = ["early", "middle", "late"].flatMap((bin) => figures[bin] ?? []);
      expect(bins.reduce((sum, error) => sum + error, 0) / bins.length).toBeCloseTo(figures["maskBranch"]!, 5);
      expect(figures["decoderGradient"]).toBeGreaterThan(0);
    }
    // Nothing goes through a head of 0; from the second step on the control learns.
    expect(first!["controlGradient"]).toBe(0);
    expect(expected[0]!["controlGradient"]).toBeGreaterThan(0);
    const second = await siameseDiffusion.start(request(shelf, { settings, resume }));
    expect(await runTo(second, 2)).toEqual(expected);
    const tensors = async (session: TrainingSession) => decodeSafetensors(await session.weights()).tensors;
    expect(await tensors(second)).toEqual(await tensors(whole));
    await whole.release();
    await second.release();
  },
);

test("memory is told before anything is opened, and too little is refused", { timeout: 60_000 }, async () => {
  const shelf = await shelfWith();
  const told: Record<string, number> = {};
  const programs: string[] = [];
  const onReserved = (name: string, bytes: number): void => {
    told[name] = bytes;
    programs.push(name);
  };
  const resources = { isPlanOnly: true, onReserved };
  const nowhere = { find: () => ({ record: shelf.record, folder: "/nowhere" }) };
  const session = await siameseDiffusion.start(request(shelf, { resources, backbones: nowhere }));
  await session.release();
  expect(told["backbone"]).toBeGreaterThan(0);
  expect(told["train.siamese"]).toBeGreaterThan(0);
  // Those of online augmentation, which come in after a third of the steps, and of validation.
  expect(programs).toEqual(["backbone", "train.siamese", "branches", "branches"]);
  // Beside the parts a text encoder is opened, and let go before anything passes through them: only a large one counts.
  const { record } = shelf;
  const parts = record.parts.flatMap((part) => {
    if (part.role !== "contexts") return [part];
    return [{ ...part, role: "textEncoder" as const, files: [{ name: "text.onnx", bytes: 8 * 2 ** 30, sha256: "" }] }];
  });
  const reading = { ...shelf, find: () => ({ record: { ...record, parts }, folder: "/nowhere" }) };
  const ample = { ...resources, memoryLimit: 64 * 2 ** 30 };
  const other = await siameseDiffusion.start(request(shelf, { resources: ample, backbones: reading }));
  await other.release();
  const larger = told["backbone"]!;
  expect(larger).toBeGreaterThan(10 * 2 ** 30);
  await siameseDiffusion.start(request(shelf, { resources, backbones: nowhere })).then((one) => one.release());
  const small = { ...resources, memoryLimit: told["backbone"]! - 1 };
  await expect(siameseDiffusion.start(request(shelf, { resources: small }))).rejects.toThrow(
    /a step needs about .* of memory/,
  );
});
