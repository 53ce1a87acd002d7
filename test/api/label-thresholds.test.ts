/** @file From which grade on something is done: said of a label, and what follows for proposals and figures. */
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import type { LabelAnswer } from "../../src-main/api/contract.ts";
import { openProjectWithImages } from "./fixture.ts";

const GRADES = ["0", "1", "2", "3"];
const EVIDENCE = {
  ...{ samples: 10, peak: { x: 0, y: 0 }, regions: [], looks: null },
  saliency: { cells: 1, maps: [[0], [0], [0], [0]], area: { left: 0, top: 0, width: 64, height: 64 } },
};

/** As likely as `probabilities`, with `likely` the grades that hold 90 %. */
function answerOf(labelId: number, probabilities: number[], likely: [number, number]): LabelAnswer {
  const value = probabilities.indexOf(Math.max(...probabilities));
  const votes = probabilities.map((_, at) => (at === value ? 1 : 0));
  const probability = probabilities[value]!;
  const more = { expected: value, interval: null };
  return { labelId, value, probability, uncertainty: 1 - probability, probabilities, votes, likely, ...more };
}

async function openGraded(options = GRADES) {
  const { client, session } = await openProjectWithImages(4);
  const { project } = session.open;
  const { labelId } = project.labelDefinitions.add({ name: "dr", kind: "grade", options: GRADES });
  const targets = [{ labelId, name: "dr", kind: "grade" as const, options, unit: null }];
  const frames = project.images.frames().map(({ frameId, imageId, caseId }) => {
    return { frameId, imageId, caseId, split: "test" as const, revisionId: null };
  });
  const run = (kind: "train" | "predict" | "evaluate", modelId?: number): number => {
    const snapshot = { frames, classes: [], fromModel: modelId ?? null, targets };
    const asked = { kind, method: "classify", settings: {}, seed: 7, device: "cpu", steps: 1, snapshot, modelId };
    const runId = project.runs.create(asked);
    project.runs.update(runId, { state: "done" });
    return runId;
  };
  const modelId = project.models.add({
    ...{ runId: run("train"), name: "m", method: "classify", step: 1, score: 0.9, makes: ["grades"], classes: [] },
    ...{ onnx: Buffer.from("onnx"), weights: Buffer.from("weights") },
  });
  const frameIds = frames.map(({ frameId }) => frameId);
  const param = { id: String(labelId) };
  const setThresholds = (thresholds: string[]) => read(client.labels[":id"].$patch({ param, json: { thresholds } }));
  return { client, project, labelId, modelId, frameIds, run, setThresholds, param };
}

test("a threshold is one of the grades above the lowest, kept in their order, and refused where it can be none", async () => {
  const { client, setThresholds, param, labelId, project } = await openGraded();
  expect((await read(client.labels.$get()))[0]).toMatchObject({ thresholds: [] });
  expect(await setThresholds(["3", "2", "3"])).toMatchObject({ thresholds: ["2", "3"], options: GRADES });
  expect(project.labelDefinitions.get(labelId).thresholds).toEqual(["2", "3"]);
  await expect(setThresholds(["9"])).rejects.toMatchObject({ title: 'dr: the threshold "9" is none of its grades.' });
  await expect(setThresholds(["0"])).rejects.toMatchObject({ code: "bad-request" });
  // Whoever takes the grade away says what becomes of the threshold.
  const change = client.labels[":id"].$patch;
  await expect(read(change({ param, json: { options: ["0", "1", "2"] } }))).rejects.toMatchObject({
    title: 'dr: the threshold "3" is none of its grades.',
  });
  await expect(read(change({ param, json: { kind: "class" } }))).rejects.toMatchObject({
    title: "dr: only grades in order have thresholds.",
  });
  expect(await read(change({ param, json: { options: ["0", "1", "2"], thresholds: ["2"] } }))).toMatchObject({
    options: ["0", "1", "2"],
    thresholds: ["2"],
  });
});

test("a proposal whose likely grades lie on both sides of a threshold is flagged and comes first", async () => {
  const { client, project, labelId, modelId, frameIds, run, setThresholds } = await openGraded();
  const runId = run("predict", modelId);
  const propose = (at: number, probabilities: number[], likely: [number, number], votes?: number[]): number => {
    const answer = { ...answerOf(labelId, probabilities, likely), ...(votes && { votes }) };
    const more = { modelId, runId, answer, evidence: EVIDENCE, value: GRADES[answer.value]! };
    return project.labelProposals.add({ frameId: frameIds[at]!, ...more })!;
  };
  const below = propose(0, [0.4, 0.6, 0, 0], [0, 1]);
  // Samples disagree, and it is the least sure, but on nothing that matters.
  const above = propose(1, [0, 0, 0.51, 0.49], [2, 3], [0, 0, 0.5, 0.5]);
  const both = propose(2, [0, 0.15, 0.85, 0], [1, 2]);
  const api = client["label-proposals"];
  const order = async () =>
    (await read(api.$get({ query: { state: "pending" } }))).map(({ proposalId, flags }) => [proposalId, ...flags]);
  expect(await order()).toEqual([[above, "split"], [below], [both]]);
  await setThresholds(["2"]);
  expect(await order()).toEqual([[both, "threshold"], [above, "split"], [below]]);
  expect((await read(api[":id"].$get({ param: { id: String(both) } }))).flags).toEqual(["threshold"]);
  expect((await read(api["read-outs"].$get({ query: {} })))[0]).toMatchObject({
    ...{ proposalId: both, thresholds: ["2"], options: GRADES, label: "dr", samples: 10 },
    answer: { probabilities: [0, 0.15, 0.85, 0] },
  });
  // Flagged ones are not accepted unseen.
  const json = { quality: 0.5, withoutEvidence: true };
  expect(await read(api["accept-above"].$post({ json }))).toEqual({ accepted: 1, flagged: 2 });
  await setThresholds(["1"]);
  expect((await order()).map(([id]) => id)).toEqual([above, both]);
});

test("grades that were learned in another order are told in the order that the label has", async () => {
  const learned = ["2", "1", "0", "3"];
  const { client, project, labelId, modelId, frameIds, run, setThresholds } = await openGraded(learned);
  for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "test");
  await setThresholds(["2"]);
  // 1 or 2: on both sides of the threshold, though 1 stands behind 2 among what was learned.
  const answer = answerOf(labelId, [0.8, 0.15, 0.05, 0], [0, 1]);
  const proposed = { frameId: frameIds[0]!, modelId, runId: run("predict", modelId), answer };
  const proposalId = project.labelProposals.add({ ...proposed, evidence: EVIDENCE, value: "2" })!;
  const param = { id: String(proposalId) };
  const detail = await read(client["label-proposals"][":id"].$get({ param }));
  expect(detail).toMatchObject({ flags: ["threshold"], options: learned });
  expect(detail.answer).toMatchObject({ likely: [1, 0], median: 0, expected: expect.closeTo(1.75, 10) as number });
  for (const [at, share] of [0.8, 0.95, 1, 0].entries()) expect(detail.answer.atLeast![at]).toBeCloseTo(share, 10);

  const told: [truth: string, probabilities: number[]][] = [
    ["0", [0, 0, 1, 0]],
    ["1", [1, 0, 0, 0]], // says 2: one too high
    ["2", [1, 0, 0, 0]],
    ["3", [0, 0, 0, 1]],
  ];
  const answers = told.map(([truth, probabilities], at) => {
    return { frameId: frameIds[at]!, truth, answer: answerOf(labelId, probabilities, [0, 0]) };
  });
  project.labelAnswers.add(run("evaluate", modelId), answers);
  const query = { modelId: String(modelId), split: "test" as const };
  const classes = async () => (await read(client.evaluations.labels.$get({ query })))[0]!.classes!;
  // Truths 0 1 2 3, answers 0 2 2 3: one square apart, of 10 that chance would make.
  expect(await classes()).toMatchObject({ gradeError: 0.25, quadraticKappa: expect.closeTo(0.9, 10) as number });

  project.labelDefinitions.change(labelId, { kind: "class", thresholds: [] });
  expect(await classes()).toMatchObject({ gradeError: null, quadraticKappa: null });
  const now = await read(client["label-proposals"][":id"].$get({ param }));
  expect(now.answer).toMatchObject({ likely: null, median: null, expected: null, atLeast: null });
});

test("at a threshold a model is told by sensitivity, specificity and AUC, whichever grade it says", async () => {
  // The model learned the grades in another order, and not all of them.
  const learned = ["3", "0", "2"];
  const { client, project, labelId, modelId, frameIds, run, setThresholds } = await openGraded(learned);
  for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "test");
  const told: [truth: string, probabilities: number[]][] = [
    ["3", [0.2, 0.1, 0.7]], // says 2: another grade, the same side
    ["2", [0.1, 0.8, 0.1]], // says 0: missed
    ["1", [0.1, 0.9, 0]], // never learned, but on the right side
    ["0", [0, 0.3, 0.7]], // says 2: too much
  ];
  const answers = told.map(([truth, probabilities], at) => {
    return { frameId: frameIds[at]!, truth, answer: answerOf(labelId, probabilities, [0, 2]) };
  });
  project.labelAnswers.add(run("evaluate", modelId), answers);
  const query = { modelId: String(modelId), split: "test" as const };
  const thresholds = async () => (await read(client.evaluations.labels.$get({ query })))[0]!.classes!.thresholds;
  expect(await thresholds()).toEqual([]);
  await setThresholds(["2"]);
  const [at] = await thresholds();
  expect(at).toMatchObject({
    ...{ option: "2", images: 2, of: 4 },
    sensitivity: { value: 0.5 },
    specificity: { value: 0.5 },
    // Probabilities of 2 or higher: 0.9 and 0.2 above, 0.1 and 0.7 below: three of four pairs are in order.
    auc: 0.75,
  });
  expect(at!.sensitivity!.low).toBeLessThan(0.5);
  expect(at!.sensitivity!.high).toBeGreaterThan(0.5);
  await setThresholds(["3"]);
  expect((await thresholds())[0]).toMatchObject({ images: 1, sensitivity: { value: 0 }, specificity: { value: 1 } });
});
