/** @file The model in the loop over real processes: proposals as a run makes them, corrections, steps undone, crashes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Proposer } from "../../src-main/api/proposer.ts";
import { forkInferenceProcess } from "../../src-main/app/spawn.ts";
import { InferenceHost, type InferenceProcess } from "../../src-main/inference/host.ts";
import { openProject } from "../../src-main/project/index.ts";
import { decodeLabelMap, serializeFrame } from "../../src-main/voxels/index.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { openWorkshop, SMALL, type Workshop } from "../runs/project-of-discs.ts";

const entry = new URL("../../src-main/app/inference-process.ts", import.meta.url).pathname;

let shop: Workshop;
let host: InferenceHost;
let proposer: Proposer;
/** Oldest first. */
let processes: InferenceProcess[];
/** Kills the process as soon as it gets a task, so many times. */
let crashes: number;

beforeEach(async () => {
  shop = await openWorkshop({ train: 4, val: 2, unlabelled: 3 });
  processes = [];
  crashes = 0;
  const spawn = (): InferenceProcess => {
    const child = forkInferenceProcess(entry);
    processes.push(child);
    const postMessage = (message: unknown): void => {
      child.postMessage(message);
      if (crashes-- > 0) child.kill();
    };
    return { ...child, postMessage };
  };
  host = new InferenceHost({ spawn, device: "cpu" });
  proposer = new Proposer({ project: shop.project, host, pixels });
});
afterEach(async () => {
  await proposer.close();
  await shop.close();
});

async function pixels(frameId: number): Promise<Uint8Array> {
  const { bytes, fileName, frameIndex } = shop.project.images.sourceOfFrame(frameId);
  return serializeFrame(await decodeFrame(bytes, { fileName, frame: frameIndex }));
}

async function trainModel(steps = 60): Promise<number> {
  const settings = { ...SMALL, width: 8, steps, batchSize: 4, learningRate: 0.01 };
  const run = await shop.queue.finished(shop.queue.submitTraining({ method: "segment", settings, seed: 1 }).runId);
  expect(run.problem).toBeNull();
  return run.modelId!;
}

const unlabelled = (): number[] =>
  shop.project.images.frames().flatMap(({ frameId, split }) => (split === "unlabelled" ? [frameId] : []));

test("without a model the person is told how to get one", async () => {
  await expect(proposer.propose(unlabelled()[0]!)).rejects.toThrow("no model yet. Annotate some images");
  expect(processes).toHaveLength(0);
});

test("a proposal has the very bits of a run, asked for or prepared; one process serves all", async () => {
  const modelId = await trainModel();
  const { project, queue } = shop;
  const frameIds = unlabelled();
  // One look at each image, as where somebody waits for it.
  await queue.finished(queue.submitPrediction({ modelId, views: 1 }).runId);
  const ofRun = frameIds.map((frameId) => {
    const { proposalId, expectedDice } = project.proposals.list().find((each) => each.frameId === frameId)!;
    return [project.proposals.mask(proposalId), project.proposals.confidence(proposalId), expectedDice];
  });
  proposer.prepare(frameIds.slice(1));
  for (const [index, frameId] of frameIds.entries()) {
    const { proposal } = await proposer.propose(frameId);
    const { proposalId, expectedDice } = proposal!;
    expect(proposal).toMatchObject({ frameId, modelId, state: "pending", scribbles: [] });
    expect([project.proposals.mask(proposalId), project.proposals.confidence(proposalId), expectedDice]).toEqual(
      ofRun[index],
    );
    expect(project.proposals.provenance(proposalId)).toMatchObject({ origin: "proposed", modelId, runId: null });
  }
  expect(processes).toHaveLength(1);
  const { classes, planes } = await proposer.probabilities(frameIds[0]!);
  expect([classes, planes.length]).toEqual([[0, 1], 2 * 48 * 48]);
  planes.subarray(0, 48 * 48).forEach((background, pixel) => {
    expect(Math.abs(255 - background - planes[48 * 48 + pixel]!)).toBeLessThanOrEqual(1);
  });
});

test("scribbles correct, and every step is undone and redone in its order, after a restart too", async () => {
  await trainModel();
  const { project } = shop;
  const [frameId] = unlabelled();
  const maskOf = (proposalId: number) => decodeLabelMap(project.proposals.mask(proposalId)).data;
  const { proposal: first } = await proposer.propose(frameId!);
  const scribble = (isForeground: boolean, x: number, y: number) => ({
    value: 1,
    isForeground,
    radius: 1.5,
    points: [
      { x, y },
      { x: x + 3, y },
    ],
  });
  const { proposal: second } = await proposer.correct(first!.proposalId, scribble(true, 3, 3));
  const { proposal: third } = await proposer.correct(second!.proposalId, scribble(false, 40, 40));
  expect(third).toMatchObject({ state: "pending", scribbles: [scribble(true, 3, 3), scribble(false, 40, 40)] });
  expect(maskOf(second!.proposalId)[3 * 48 + 4]).toBe(1);
  expect(maskOf(third!.proposalId)[3 * 48 + 4]).toBe(1);
  expect(maskOf(third!.proposalId)[40 * 48 + 41]).toBe(0);
  expect(project.proposals.confidence(third!.proposalId)).toHaveLength(48 * 48);
  expect(project.proposals.list()).toHaveLength(1);

  // draw, then take one component of the proposal, then all of it
  const base = project.annotations.write(frameId!, project.proposals.mask(first!.proposalId), { origin: "drawn" });
  const part = proposer.take(third!.proposalId, { kind: "component", x: 3, y: 3 }, base.revisionId);
  expect(part.proposal?.proposalId).toBe(third!.proposalId);
  expect(project.annotations.provenance(frameId!)).toMatchObject({ origin: "edited", proposalId: third!.proposalId });
  const whole = proposer.take(third!.proposalId, { kind: "all" }, part.annotation.revisionId);
  expect(whole.proposal).toBeNull();
  expect(project.annotations.provenance(frameId!)).toMatchObject({ origin: "edited", runId: null });

  const path = project.path;
  await proposer.close();
  await shop.queue.close();
  project.close();
  const again = openProject(path);
  const { proposalSteps: steps, annotations } = again;
  const trace = () => [annotations.head(frameId!), steps.pending(frameId!)?.proposalId ?? null];
  const [end, ids] = [annotations.head(frameId!), [first, second, third].map((each) => each!.proposalId)];
  const expected = [
    [part.annotation.revisionId, ids[2]],
    [base.revisionId, ids[2]],
    [0, ids[2]],
    [0, ids[1]],
    [0, ids[0]],
  ];
  for (const each of expected) {
    expect(steps.state(frameId!).canUndo).toBe(true);
    steps.undo(frameId!);
    expect(trace()).toEqual(each);
  }
  expect(steps.state(frameId!)).toMatchObject({ canUndo: false, canRedo: true });
  for (const each of [...expected.toReversed().slice(1), [end, null]]) {
    steps.redo(frameId!);
    expect(trace()).toEqual(each);
  }
  expect(steps.state(frameId!)).toMatchObject({ canUndo: true, canRedo: false });
  again.close();
});

test("a rejection is undone and redone", async () => {
  await trainModel(2);
  const { proposals, proposalSteps } = shop.project;
  const [frameId] = unlabelled();
  const { proposal } = await proposer.propose(frameId!);
  proposals.reject(proposal!.proposalId);
  expect(proposalSteps.pending(frameId!)).toBeNull();
  proposalSteps.undo(frameId!);
  expect(proposalSteps.pending(frameId!)?.proposalId).toBe(proposal!.proposalId);
  proposalSteps.redo(frameId!);
  expect(proposalSteps.pending(frameId!)).toBeNull();
});

test("a crash costs a new start and nothing else; a second one is told in a sentence, and the next attempt works", async () => {
  await trainModel(2);
  const [frameId] = unlabelled();
  crashes = 1;
  expect((await proposer.propose(frameId!)).proposal).not.toBeNull();
  expect(processes).toHaveLength(2);
  crashes = 0;
  await proposer.close();

  host = new InferenceHost({
    device: "cpu",
    spawn: () => {
      const child = forkInferenceProcess(entry);
      return { ...child, postMessage: (task: unknown) => (crashes-- > 0 ? child.kill() : child.postMessage(task)) };
    },
  });
  proposer = new Proposer({ project: shop.project, host, pixels });
  crashes = 2;
  await expect(proposer.propose(frameId!)).rejects.toMatchObject({ code: "run-failed" });
  crashes = 0;
  expect((await proposer.propose(frameId!)).proposal).not.toBeNull();
});

test("what is only prepared gives way, a cancelled proposal is told so, an idle process ends", async () => {
  await trainModel(2);
  const frameIds = unlabelled();
  proposer.prepare(frameIds);
  proposer.prepare([]);
  const proposing = proposer.propose(frameIds[2]!);
  proposing.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve));
  proposer.cancel();
  await expect(proposing).rejects.toMatchObject({ code: "cancelled" });
  await proposer.close();

  host = new InferenceHost({ spawn: () => forkInferenceProcess(entry), device: "cpu", idleLimit: 0.05 });
  proposer = new Proposer({ project: shop.project, host, pixels });
  await proposer.propose(frameIds[2]!);
  expect(host.isRunning).toBe(true);
  await expect.poll(() => host.isRunning).toBe(false);
  expect((await proposer.propose(frameIds[1]!)).proposal).not.toBeNull();
});

test("a model whose network is not what it says is refused in a sentence", async () => {
  const modelId = await trainModel(2);
  const { project } = shop;
  const onnx = project.models.onnx(modelId);
  // The metadata says one channel; that digit is overwritten.
  const text = Buffer.from(onnx);
  const place = text.indexOf(Buffer.from("channels\u0012\u00011", "latin1"));
  expect(place).toBeGreaterThan(0);
  text.write("3", place + 10, "latin1");
  const { runId, method, classes } = project.models.get(modelId);
  const forged = { runId, name: "forged", method, step: 1, score: null, classes };
  project.models.add({ ...forged, onnx: new Uint8Array(text), weights: project.models.weights(modelId) });
  await expect(proposer.propose(unlabelled()[0]!)).rejects.toMatchObject({ code: "unsupported-file" });
});
