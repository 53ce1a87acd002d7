/** @file The end of a search before the end of its training, by a person or because it has settled; and trainings that begin with an earlier model. */
import { expect, test } from "vitest";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { findMethod, type StartRequest, type TrainingSession } from "../../src-main/methods/index.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";

const small = {
  size: 16,
  batchSize: 2,
  generatorWidth: 4,
  generatorWidest: 8,
  discriminatorWidth: 4,
  width: 2,
  depth: 2,
  generatorSteps: 2,
  steps: 12,
  searchEvery: 2,
  validateEvery: 4,
  learningRate: 0.01,
  architectureRate: 0.05,
};
const study = blobStudy(1, { learned: 6, judged: 0, side: 16 });
const frames = Array.from({ length: 6 }, (_, index) => {
  const role = index < 4 ? ("train" as const) : ("validate" as const);
  return { frameId: index + 1, caseId: index + 1, role, hasLabelMap: true };
});
const { classes } = study;

const start = (settings: StartRequest["settings"], change: Partial<StartRequest> = {}, method = "genseg") =>
  findMethod(method).start({
    cases: { ...study, frames },
    settings,
    seed: 3,
    device: "cpu",
    classes,
    channels: 1,
    ...change,
  });

async function runTo(session: TrainingSession, step: number): Promise<Record<string, number>[]> {
  const figures: Record<string, number>[] = [];
  while (session.step < step) figures.push(await session.runStep());
  return figures;
}

const tensorsOf = async (session: TrainingSession) => decodeSafetensors(await session.weights()).tensors;
const logitsOf = async (session: TrainingSession) =>
  Object.entries(await tensorsOf(session)).filter(([name]) => name.startsWith("architecture."));

test("a stopped search leaves the architecture as it is, all else learns on, and a checkpoint goes on to the bit", async () => {
  const session = await start(small);
  await runTo(session, 8);
  const [before, segmenter] = [await logitsOf(session), (await tensorsOf(session))["network.head.weight"]];
  await session.stopSearch!();
  const resume = await session.checkpoint();
  const figures = await runTo(session, session.steps);
  expect(await logitsOf(session)).toEqual(before);
  expect((await tensorsOf(session))["network.head.weight"]).not.toEqual(segmenter);
  expect(figures.map(({ searchStopped }) => searchStopped)).toEqual([1, ...figures.slice(1).map(() => undefined)]);
  expect(figures.some((one) => "architectureSlope" in one)).toBe(false);
  expect(Object.keys(figures[0]!)).toContain("share/up/0/4"); // where it stopped

  const resumed = await start(small, { resume });
  expect(await runTo(resumed, resumed.steps)).toEqual(figures);
  expect(await tensorsOf(resumed)).toEqual(await tensorsOf(session));
  await resumed.release();
  await session.release();
  // Others search nothing.
  const fixed = await start({ ...small, architecture: "fixed" });
  expect(fixed.stopSearch).toBeUndefined();
  await fixed.release();
});

test(
  "a search that has settled ends by itself where that is asked for, at the same step after a resume",
  { timeout: 120_000 },
  async () => {
    // Mixtures that cannot move: looked at in steps 50, 100, … of the segmenter, and settled 200 steps after the first.
    const settings = { ...small, architectureRate: 0, searchEvery: 50, steps: 260, stopSettled: true };
    const session = await start(settings);
    await runTo(session, 120);
    const resume = await session.checkpoint();
    const stopOf = async (one: TrainingSession, from: number) => {
      const figures = await runTo(one, one.steps);
      return from + figures.findIndex(({ searchStopped }) => searchStopped === 1);
    };
    expect(await stopOf(session, 120)).toBe(small.generatorSteps + 249);
    const resumed = await start(settings, { resume });
    expect(await stopOf(resumed, 120)).toBe(small.generatorSteps + 249);
    expect(await tensorsOf(resumed)).toEqual(await tensorsOf(session));
    await resumed.release();
    await session.release();
  },
);

/** Nothing moves much from where it began. */
const still = { ...small, learningRate: 1e-6, generatorRate: 1e-6, architectureRate: 0, generatorSteps: 1, steps: 1 };

async function expectNear(session: TrainingSession, weights: Uint8Array, isExpected: (name: string) => boolean) {
  const [now, before] = [await tensorsOf(session), decodeSafetensors(weights).tensors];
  for (const [name, { data }] of Object.entries(now)) {
    const from = before[name]?.data as Float32Array | undefined;
    const difference = from === undefined ? Infinity : Math.max(...(data as Float32Array).map((value, at) => Math.abs(value - from[at]!))); // prettier-ignore
    if (isExpected(name)) expect(difference, name).toBeLessThan(1e-4);
    else if (/weight$/.test(name)) expect(difference, name).toBeGreaterThan(1e-3);
  }
}

test("begins with the networks of an earlier model: all of them, or of one without a generator the segmenter", async () => {
  const earlier = await start(small);
  await runTo(earlier, earlier.steps);
  const from = await earlier.weights();
  await earlier.release();
  const again = await start(still, { from, seed: 4 });
  await runTo(again, again.steps);
  await expectNear(again, from, () => true);
  await again.release();

  const outlining = await start({ ...small, second: "same" });
  await runTo(outlining, 12);
  const segmenter = await outlining.weights();
  await outlining.release();
  const painting = await start(still, { from: segmenter, seed: 4 });
  await runTo(painting, painting.steps);
  await expectNear(painting, segmenter, (name) => name.startsWith("network."));
  await painting.release();
  // What paints nothing takes the segmenter of a model that does.
  const alone = await start({ ...still, second: "none" }, { from, seed: 4 });
  await runTo(alone, 1);
  await expectNear(alone, from, () => true);
  await alone.release();
});

test("a model that does not fit is refused in a sentence that names what differs", async () => {
  const earlier = await start(small);
  const from = await earlier.weights();
  await earlier.release();
  const refused = (change: Partial<StartRequest>, detail: string, settings = {}) =>
    expect(start({ ...small, ...settings }, { from, ...change })).rejects.toMatchObject({
      code: "bad-request",
      title: "Training cannot start from this model.",
      detail: expect.stringContaining(detail) as string,
    });
  const other = [...classes, { value: 7, name: "vessel" }];
  await refused({ classes: other }, "the project has 1 blob, 7 vessel");
  await refused({ channels: 3 }, "gray images only");
  await refused({}, "Network width: it has 2; the setting is 4", { width: 4 });
  await refused({}, "Activation: it has leakyRelu; the setting is silu", { activation: "silu" });
  await refused({}, "Segmenter: it has unet; the setting is deeplab", { segmenter: "deeplab", size: 32, width: 4 });
  await refused({}, "Image size: it has 16; the setting is 32", { size: 32 });
  await refused({}, "Searched half: it has up; the setting is both", { search: "both" });

  const painter = { ...small, steps: 1 };
  const ofPix2pix = ({ size, batchSize, generatorWidth, generatorWidest, discriminatorWidth }: typeof painter) => {
    return { size, batchSize, generatorWidth, generatorWidest, discriminatorWidth, steps: 1 };
  };
  const pix2pix = await start(ofPix2pix(painter), {}, "pix2pix");
  const weights = await pix2pix.weights();
  await pix2pix.release();
  await expect(
    start({ ...ofPix2pix(painter), discriminatorWidth: 8 }, { from: weights }, "pix2pix"),
  ).rejects.toMatchObject({ detail: "Width of the discriminator: it has 4; the setting is 8." });
});
