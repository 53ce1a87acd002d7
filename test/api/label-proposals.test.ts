/** @file What models say of whole images: a person decides, nothing takes a label's place, decisions are undone, and figures are honest. */
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import type { LabelAnswer, LabelValue } from "../../src-main/api/contract.ts";
import type { Project } from "../../src-main/project/index.ts";
import { openProjectWithImages } from "./fixture.ts";

const OPTIONS = ["mild", "severe"];
const EVIDENCE = {
  samples: 4,
  saliency: { cells: 1, maps: [[0], [1]], area: { left: 0, top: 0, width: 64, height: 64 } },
  peak: { x: 32, y: 32 },
  regions: [],
  looks: null,
};

function answerOf(labelId: number, value: number, probability: number, votes = [0, 1]): LabelAnswer {
  const probabilities = value === 0 ? [probability, 1 - probability] : [1 - probability, probability];
  const uncertainty = 1 - probability;
  return {
    labelId,
    value,
    probability,
    uncertainty,
    probabilities,
    votes,
    expected: value,
    likely: null,
    interval: null,
  };
}

function numberOf(labelId: number, value: number, uncertainty: number): LabelAnswer {
  const none = { probability: null, probabilities: [], votes: [], expected: null, likely: null };
  return { labelId, value, uncertainty, interval: [value - uncertainty, value + uncertainty], ...none };
}

/** A finished training of a label, or a run with its model. */
function addRun(project: Project, labelId: number, kind: "train" | "evaluate" | "predict", modelId?: number) {
  const { name, kind: ofLabel, options, unit } = project.labelDefinitions.get(labelId);
  const frames = project.images.frames().map(({ frameId, imageId, caseId, split }) => {
    return { frameId, imageId, caseId, split, revisionId: null };
  });
  const targets = [{ labelId, name, kind: ofLabel, options, unit }];
  const snapshot = { frames, classes: [], fromModel: modelId ?? null, targets };
  const run = { kind, method: "classify", settings: {}, seed: 7, device: "cpu", steps: 1, snapshot, modelId };
  const runId = project.runs.create(run);
  project.runs.update(runId, { state: "done" });
  return runId;
}

function addModel(project: Project, labelId: number, makes: "grades" | "numbers" = "grades"): number {
  const runId = addRun(project, labelId, "train");
  const bytes = { onnx: Buffer.from("onnx"), weights: Buffer.from("weights") };
  return project.models.add({
    runId,
    name: "m",
    method: "classify",
    step: 1,
    score: 0.9,
    makes: [makes],
    classes: [],
    ...bytes,
  });
}

async function openGraded(patients = 3) {
  const open = await openProjectWithImages(patients);
  const { project } = open.session.open;
  const { labelId } = project.labelDefinitions.add({ name: "grade", kind: "grade", options: OPTIONS });
  const modelId = addModel(project, labelId);
  const runId = addRun(project, labelId, "predict", modelId);
  const frameIds = project.images.frames().map(({ frameId }) => frameId);
  const propose = (at: number, value: number, probability: number, votes?: number[]): number =>
    project.labelProposals.add({
      frameId: frameIds[at]!,
      modelId,
      runId,
      value: OPTIONS[value]!,
      answer: answerOf(labelId, value, probability, votes),
      evidence: EVIDENCE,
    })!;
  const said = (): [number, LabelValue][] =>
    project.labels.values(labelId).map(({ frameId, value }) => [frameIds.indexOf(frameId), value]);
  return { ...open, project, labelId, modelId, frameIds, propose, said };
}

const param = (id: number) => ({ param: { id: String(id) } });

test("proposals are listed worst first, decided on one by one, and each decision is taken back", async () => {
  const { client, propose, said, project, labelId, frameIds } = await openGraded();
  const [sure, unsure, split] = [propose(0, 1, 0.95), propose(1, 0, 0.6, [1, 0]), propose(2, 1, 0.9, [0.5, 0.5])];
  const api = client["label-proposals"];
  const pending = async () => {
    const rows = await read(api.$get({ query: { state: "pending" } }));
    expect(await read(api.waiting.$get())).toBe(rows.length);
    return rows.map((one) => one.proposalId);
  };
  expect((await read(client.models.$get())).map(({ labels }) => labels)).toEqual([[{ labelId, name: "grade" }]]);
  expect(await pending()).toEqual([split, unsure, sure]);
  expect(await read(api[":id"].$get(param(split)))).toMatchObject({
    value: "severe",
    flags: ["split"],
    options: OPTIONS,
    evidence: EVIDENCE,
    answer: { probabilities: [expect.closeTo(0.1), 0.9] },
    method: "classify",
    seed: 7,
  });
  // The model's own classes, whatever the label has by now: probabilities count places among them.
  project.labelDefinitions.change(labelId, { options: ["none", ...OPTIONS] });
  expect(await read(api[":id"].$get(param(split)))).toMatchObject({ options: OPTIONS });
  expect(await read(api[":id"].accept.$post(param(sure)))).toMatchObject({
    state: "accepted",
    decided: { value: "severe", isUnseen: false },
  });
  expect(await read(api[":id"].change.$post({ ...param(unsure), json: { value: "severe" } }))).toMatchObject({
    state: "changed",
  });
  expect(await read(api[":id"].reject.$post(param(split)))).toMatchObject({ state: "rejected" });
  expect(said()).toEqual([
    [0, "severe"],
    [1, "severe"],
  ]);
  expect(await pending()).toEqual([]);
  await expect(
    api[":id"].accept.$post(param(sure)).then((response) => read(Promise.resolve(response))),
  ).rejects.toMatchObject({ code: "conflict" });

  for (const last of [split, unsure, sure])
    expect((await read(api.undo.$post())).map((one) => [one.proposalId, one.state])).toEqual([[last, "pending"]]);
  await expect(read(api.undo.$post())).rejects.toMatchObject({
    code: "conflict",
    title: "There is no decision on a grade to take back.",
  });
  expect(said()).toEqual([]);

  // The history of labels takes it back as well, and gives it again.
  await read(api[":id"].accept.$post(param(sure)));
  project.labels.undo();
  expect(await pending()).toContain(sure);
  project.labels.redo();
  expect(await pending()).not.toContain(sure);
  // What was changed since stays; the proposal stays decided.
  project.labels.set(labelId, frameIds[0]!, "mild");
  await expect(read(api[":id"].reopen.$post(param(sure)))).rejects.toMatchObject({ code: "conflict" });
  expect(said()).toEqual([[0, "mild"]]);
  expect(project.labelProposals.get(sure).state).toBe("accepted");
});

test("what a person said stands, whatever a model says before or after", async () => {
  const { client, propose, said, project, labelId, frameIds } = await openGraded();
  const before = propose(0, 1, 0.95);
  project.labels.set(labelId, frameIds[0]!, "mild");
  expect(propose(0, 1, 0.99)).toBeNull();
  const api = client["label-proposals"];
  expect(await read(api.$get({ query: { state: "pending" } }))).toEqual([]);
  expect(await read(api.waiting.$get())).toBe(0);
  await expect(read(api[":id"].accept.$post(param(before)))).rejects.toMatchObject({
    code: "conflict",
    title: "The image has a grade already.",
  });
  await expect(read(api[":id"].change.$post({ ...param(before), json: { value: "severe" } }))).rejects.toMatchObject({
    code: "conflict",
  });
  expect(said()).toEqual([[0, "mild"]]);
  // A newer proposal takes the place of one that waits.
  const [older, newer] = [propose(1, 0, 0.7, [1, 0]), propose(1, 1, 0.8)];
  expect((await read(api.$get({ query: {} }))).map(({ proposalId }) => proposalId)).toContain(newer);
  await expect(read(api[":id"].$get(param(older)))).rejects.toMatchObject({ code: "not-found" });
  await expect(read(api[":id"].change.$post({ ...param(newer), json: { value: "none" } }))).rejects.toMatchObject({
    code: "bad-request",
  });
  expect(project.labelProposals.get(newer).state).toBe("pending");
});

test("grades are accepted unseen only where validation images prove them, without flagged ones, and undone as one", async () => {
  const { client, propose, said, project, labelId, modelId, frameIds } = await openGraded();
  const [a, b, split] = [propose(0, 1, 0.95), propose(1, 0, 0.93, [1, 0]), propose(2, 1, 0.97, [0.5, 0.5])];
  propose(3, 1, 0.6);
  // The mean probability may choose what few samples chose.
  expect(project.labelProposals.get(propose(4, 0, 0.6, [0.2, 0.8])).flags).toEqual(["split"]);
  const api = client["label-proposals"];
  const above = (quality: number, withoutEvidence = false) =>
    read(api["accept-above"].$post({ json: { quality, withoutEvidence } }));
  await expect(above(0.9)).rejects.toMatchObject({
    code: "conflict",
    title: "Nothing proves that grades from a probability of 0.9 on are right.",
  });
  expect(await read(api.conditions[":id"].$get(param(modelId)))).toEqual([
    { modelId, labelId, threshold: null, judged: 0, above: 0, wrong: 0, neededShare: 0.9 },
  ]);
  expect(await above(0.9, true)).toEqual({ accepted: 2, flagged: 1 });
  expect(said()).toEqual([
    [0, "severe"],
    [1, "mild"],
  ]);
  expect([a, b, split].map((id) => project.labelProposals.get(id).decided?.isUnseen)).toEqual([true, true, undefined]);
  // Nobody looked at them: they judge no model.
  expect(project.labelProposals.unseen().size).toBe(2);
  project.labels.set(labelId, frameIds[1]!, "severe");
  expect(project.labelProposals.unseen().size).toBe(1);
  project.labels.undo();
  expect((await read(api.undo.$post())).map(({ proposalId }) => proposalId)).toEqual([a, b]);
  expect(said()).toEqual([]);
});

test("grades of one model are accepted unseen where another's wait beside them", async () => {
  const { client, project, labelId, modelId, frameIds, propose, said } = await openGraded();
  const other = addModel(project, labelId);
  const [answer, value] = [answerOf(labelId, 0, 0.99, [1, 0]), OPTIONS[0]!];
  const told = { modelId: other, runId: addRun(project, labelId, "predict", other), answer, evidence: EVIDENCE };
  propose(0, 1, 0.95);
  project.labelProposals.add({ frameId: frameIds[1]!, value, ...told });
  const json = { quality: 0.9, withoutEvidence: true, labelId, modelId };
  expect(await read(client["label-proposals"]["accept-above"].$post({ json }))).toEqual({ accepted: 1, flagged: 0 });
  expect(said()).toEqual([[0, "severe"]]);
});

test("of a patient whose images are said to be of different classes nothing is accepted unseen", async () => {
  const { client, project } = await openGraded();
  const { labelId } = project.labelDefinitions.add({ name: "kind", kind: "class", options: OPTIONS, scope: "patient" });
  const modelId = addModel(project, labelId);
  const runId = addRun(project, labelId, "predict", modelId);
  const propose = (frameId: number, value: number, probability: number): number => {
    const answer = answerOf(labelId, value, probability, value === 0 ? [1, 0] : [0, 1]);
    const told = { frameId, modelId, runId, answer, evidence: EVIDENCE };
    return project.labelProposals.add({ value: OPTIONS[value]!, ...told })!;
  };
  const ofPatients = [...Map.groupBy(project.images.frames(), ({ caseId }) => caseId).values()].map((own) =>
    own.map(({ frameId }) => frameId),
  );
  const [torn, agreed] = ofPatients.filter((own) => own.length > 1);
  const [sure, unsure] = [propose(torn![0]!, 1, 0.99), propose(torn![1]!, 0, 0.9)];
  for (const frameId of agreed!) propose(frameId, 0, 0.95);
  const api = client["label-proposals"];
  expect(project.labelProposals.get(sure).flags).toEqual(["patient"]);
  expect(await read(api["accept-above"].$post({ json: { quality: 0.8, withoutEvidence: true, labelId } }))).toEqual({
    accepted: 1,
    flagged: 2,
  });
  expect(project.labelProposals.acceptMany([sure, unsure])).toBe(0);
  const said = project.labels.values(labelId).map(({ frameId, value }) => [frameId, value]);
  expect(said).toEqual(agreed!.map((frameId) => [frameId, "mild"]));
  // Where a person rejects the odd one, the rest agree.
  project.labelProposals.reject(unsure);
  expect(project.labelProposals.list({ labelId, state: "pending" }).map(({ flags }) => flags)).toEqual([[]]);
});

test("classes are judged by every figure, and missing figures are null", async () => {
  const { client, project, labelId, modelId, frameIds } = await openGraded();
  for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "test");
  const query = { query: { modelId: String(modelId), split: "test" as const } };
  expect(await read(client.evaluations.labels.$get(query))).toEqual([]);
  const runId = addRun(project, labelId, "evaluate", modelId);
  const truths = ["mild", "mild", "severe", "severe", "severe", "mild"];
  const said = [0, 1, 1, 1, 0, 0];
  project.labelAnswers.add(
    runId,
    truths.map((truth, at) => ({ frameId: frameIds[at]!, truth, answer: answerOf(labelId, said[at]!, 0.8) })),
  );
  const [evaluation] = await read(client.evaluations.labels.$get(query));
  expect(evaluation).toMatchObject({ runId, images: 6, patients: 3, numbers: null });
  const classes = evaluation!.classes!;
  expect(classes.matrix).toEqual([
    [2, 1],
    [1, 2],
  ]);
  expect(classes.accuracy.value).toBeCloseTo(4 / 6, 12);
  // Two images each of three patients: R, binom.test(2, 3).
  expect([classes.accuracy.low, classes.accuracy.high]).toEqual([
    expect.closeTo(0.0942993, 5),
    expect.closeTo(0.9915962, 5),
  ]);
  expect(classes).toMatchObject({
    quadraticKappa: expect.closeTo(1 / 3, 10) as number,
    gradeError: expect.closeTo(2 / 6, 10) as number,
    macroF1: expect.closeTo(2 / 3, 10) as number,
  });
  expect(classes.auc).toBeCloseTo(2 / 3, 10);
  expect(classes.perClass[1]).toMatchObject({
    option: "severe",
    images: 3,
    sensitivity: { value: 2 / 3 },
    specificity: { value: 2 / 3 },
  });
  expect(classes.ece).toBeCloseTo(0.8 - 4 / 6, 10);
  expect(classes.bins.filter(({ count }) => count > 0)).toMatchObject([{ count: 6 }]);

  const onlyOne = addRun(project, labelId, "evaluate", modelId);
  project.labelAnswers.add(onlyOne, [{ frameId: frameIds[0]!, truth: "mild", answer: answerOf(labelId, 0, 0.8) }]);
  const [alone] = await read(client.evaluations.labels.$get(query));
  expect(alone!.classes).toMatchObject({
    auc: null,
    quadraticKappa: null,
    perClass: [{}, { sensitivity: null, auc: null }],
  });

  // A class that the model never learned is wrong, not left out.
  const withUnknown = addRun(project, labelId, "evaluate", modelId);
  project.labelAnswers.add(
    withUnknown,
    ["mild", "severe", "none", "none"].map((truth, at) => {
      return { frameId: frameIds[at]!, truth, answer: answerOf(labelId, truth === "severe" ? 1 : 0, 0.8) };
    }),
  );
  const [strange] = await read(client.evaluations.labels.$get(query));
  expect(strange!.classes).toMatchObject({
    options: ["mild", "severe", "none"],
    unknown: [{ option: "none", images: 2 }],
    accuracy: { value: 0.5 },
    quadraticKappa: null,
    matrix: [
      [1, 0, 0],
      [0, 1, 0],
      [2, 0, 0],
    ],
    perClass: [{ specificity: { value: 1 / 3 } }, { auc: 1 }, { sensitivity: { value: 0 }, auc: null }],
    ece: expect.closeTo(0.3, 10) as number,
  });
});

test("of several numbers a floor is for the one that is named", async () => {
  const { client, project, frameIds } = await openGraded();
  for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "test");
  const add = (name: string, unit: string) => project.labelDefinitions.add({ name, kind: "number", unit });
  const both = [add("volume", "ml"), add("thickness", "mm")];
  const modelId = addModel(project, both[0]!.labelId, "numbers");
  const targets = both.map(({ labelId, name, unit }) => ({
    labelId,
    name,
    kind: "number" as const,
    options: [],
    unit,
  }));
  const frames = project.images.frames().map(({ frameId, imageId, caseId }) => {
    return { frameId, imageId, caseId, split: "test" as const, revisionId: null };
  });
  const snapshot = { frames, classes: [], fromModel: modelId, targets };
  const asked = { kind: "evaluate", method: "regress", settings: {}, seed: 7, device: "cpu", steps: 1 } as const;
  const runId = project.runs.create({ ...asked, snapshot, modelId });
  project.runs.update(runId, { state: "done" });
  const answers = both.flatMap(({ labelId }) =>
    [0, 4].map((truth, at) => ({ frameId: frameIds[at]!, truth, answer: numberOf(labelId, [1, 4][at]!, 1) })),
  );
  project.labelAnswers.add(runId, answers);
  const judged = async (how: { zeros?: string; labelId?: string }) => {
    const query = { modelId: String(modelId), split: "test" as const, ...how };
    return (await read(client.evaluations.labels.$get({ query }))).map(({ numbers }) => numbers!.mape);
  };
  expect(await judged({})).toEqual([0, 0]);
  await expect(judged({ zeros: "floor:1" })).rejects.toMatchObject({ detail: "volume, thickness" });
  expect(await judged({ zeros: "floor:1", labelId: String(both[1]!.labelId) })).toEqual([0, 50]);
  expect(await judged({ zeros: "strict" })).toEqual([null, null]);
});

test("numbers are judged as the specification's examples are", async () => {
  const { client, project, frameIds } = await openGraded();
  for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "test");
  const { labelId } = project.labelDefinitions.add({ name: "volume", kind: "number", unit: "ml" });
  const modelId = addModel(project, labelId, "numbers");
  const judged = async (truths: number[], said: number[], how: { zeros?: string; relative?: "anyway" } = {}) => {
    const runId = addRun(project, labelId, "evaluate", modelId);
    const answers = truths.map((truth, at) => ({
      frameId: frameIds[at]!,
      truth,
      answer: numberOf(labelId, said[at]!, 1),
    }));
    project.labelAnswers.add(runId, answers);
    const query = { modelId: String(modelId), split: "test" as const, ...how };
    const [one] = await read(client.evaluations.labels.$get({ query }));
    return one!.numbers!;
  };
  const figures = await judged([2, 4, 5, 10], [2.5, 3, 5, 12]);
  const near = (value: number): number => expect.closeTo(value, 6) as number;
  expect(figures).toMatchObject({
    unit: "ml",
    mse: near(1.3125),
    rmse: near(1.1456439),
    mae: near(0.875),
    mape: near(17.5),
    r2: near(0.8489209),
    pearson: near(0.9799386),
    medianRelativeError: near(22.5),
    zeros: 0,
  });
  expect(figures.blandAltman.bias).toBeCloseTo(0.375, 12);
  const within = figures.intervals!;
  expect(Object.keys(within).sort()).toEqual(
    ["mae", "mape", "medianRelativeError", "mse", "pearson", "r2", "rmse"].sort(),
  );
  for (const name of ["mae", "mape", "medianRelativeError", "mse", "rmse"] as const) {
    expect(within[name]![0], name).toBeLessThanOrEqual(figures[name]!);
    expect(within[name]![1], name).toBeGreaterThanOrEqual(figures[name]!);
  }
  expect(await judged([1, 1], [1, 2])).toMatchObject({ r2: 0, isDegenerate: true, pearson: null });
  expect(await judged([0, 4], [1, 4])).toMatchObject({ mape: 0, medianRelativeError: 0, zeros: 1 });
  // Of two patients, so that there are intervals.
  const strict = await judged([0, 0, 4, 4], [1, 1, 4, 4], { zeros: "strict" });
  expect(strict).toMatchObject({ mape: null, medianRelativeError: null, zeros: 2, relative: { used: 0 } });
  expect(strict.intervals).toMatchObject({ mape: null, medianRelativeError: null });
  const floored = await judged([0, 4], [1, 4], { zeros: "floor:1" });
  expect(floored).toMatchObject({ mape: 50, relative: { policy: { floor: 1 }, used: 2, refused: null } });
  // Numbers that change their sign have no relative error, unless it is asked for.
  expect(await judged([-1, 4], [1, 4])).toMatchObject({ mape: null, relative: { refused: "sign" } });
  expect(await judged([-1, 4], [1, 4], { relative: "anyway" })).toMatchObject({ mape: 100, relative: { used: 2 } });
  // One truth of 0 over machine epsilon would be some 10 to the 15 percent.
  await expect(judged([0, 4], [1, 4], { zeros: `floor:${Number.EPSILON}` })).rejects.toMatchObject({
    code: "bad-request",
    title: "A floor of 2.22e-16 ml is nothing beside what was measured.",
  });
  for (const zeros of ["floor:0", "floor:x", "none"])
    await expect(judged([0, 4], [1, 4], { zeros })).rejects.toMatchObject({ code: "bad-request" });
  // What is no number is in no figure, instead of 0 in all.
  expect(await judged([2, 4, 5], [2, NaN, 5])).toMatchObject({ mae: 0, blandAltman: { points: [{}, {}] } });
  expect(await judged([3], [4])).toMatchObject({ r2: null, pearson: null, intervals: null, mae: 1 });
});
