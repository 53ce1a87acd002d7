/** @file Proposals with review records by the API, with the real worker on images of 64 x 64. */
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { decodeLabelMap, decodeScoreMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { addModel } from "../project/fixture.ts";
import { openProjectWithImages } from "./fixture.ts";

const settings = { size: 64, batchSize: 2, width: 4, depth: 2, validateEvery: 2 };

test("labelling writes records and maps, and judges the validation images once", async () => {
  const { client, session, api } = await openProjectWithImages(9);
  // Patients 1 to 8 have masks; patient 9 is left unlabelled.
  await client.split.$post({ json: { train: 5, val: 2, test: 1, seed: 1 } });
  const training = await read(client.runs.$post({ json: { method: "segment", settings, steps: 6, seed: 7 } }));
  const { modelId } = await session.open.queue.finished(training.runId);
  const label = async (views?: 1 | 4 | 8) => {
    const { runId } = await read(client.proposals.$post({ json: { modelId: modelId!, views } }));
    const run = await session.open.queue.finished(runId);
    expect({ state: run.state, problem: run.problem }).toEqual({ state: "done", problem: null });
    return run;
  };
  // Two images to propose for, four of validation to judge.
  expect(await label()).toMatchObject({ steps: 6, step: 6, settings: { views: 8 } });
  const { items, condition, progress } = await read(client.review.$get());
  expect(items.map(({ rank, isAudit }) => ({ rank, isAudit }))).toEqual([
    { rank: 1, isAudit: false },
    { rank: 2, isAudit: false },
  ]);
  expect(items[0]!.score).toBeLessThanOrEqual(items[1]!.score);
  expect(condition).toMatchObject({ isMet: false, reason: "uncalibrated", evidence: { cases: 2 } });
  expect(progress).toMatchObject({ decided: 0, total: 2, unseen: 0 });

  const param = { id: String(items[0]!.proposalId) };
  const record = await read(client.review[":id"].$get({ param }));
  expect(record).toMatchObject({ views: 8, disagreement: null, classes: [{ value: 1, hardDice: null }] });
  for (const share of [record.foregroundEntropy, record.margin, record.borderEntropy]) {
    if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
  }
  const bytes = new Uint8Array(await (await api.request(`/api/review/${param.id}/uncertainty`)).arrayBuffer());
  expect(decodeScoreMap(bytes)).toMatchObject({ width: 64, height: 64 });
  await expect(client.review[":id"].difference.$get({ param })).rejects.toMatchObject({ code: "not-found" });
  const [suggestion] = await read(client.review.suggestions.$get({ query: { count: "1" } }));
  expect(items.map(({ frameId }) => frameId)).toContain(suggestion!.frameId);

  // Known by now, unless it is looked at in another way.
  expect(await label()).toMatchObject({ steps: 2 });
  expect(await label(4)).toMatchObject({ steps: 6, settings: { views: 4 } });
  expect((await read(client.review.$get())).condition).toMatchObject({ evidence: { cases: 2 } });
});

test("of a method with teacher and student both are asked, and a difference map is kept", async () => {
  const { client, session, api } = await openProjectWithImages(4);
  await client.split.$post({ json: { train: 2, val: 1, test: 0, seed: 1 } });
  const bcp = { size: 32, halfBatch: 1, width: 4, depth: 2, validateEvery: 2 };
  const training = await read(client.runs.$post({ json: { method: "bcp", settings: bcp, steps: 4, seed: 7 } }));
  const trained = await session.open.queue.finished(training.runId);
  expect({ state: trained.state, problem: trained.problem }).toEqual({ state: "done", problem: null });
  const { runId } = await read(client.proposals.$post({ json: { modelId: trained.modelId!, views: 4 } }));
  const labelled = await session.open.queue.finished(runId);
  expect({ state: labelled.state, problem: labelled.problem }).toEqual({ state: "done", problem: null });
  const [item] = (await read(client.review.$get())).items;
  const param = { id: String(item!.proposalId) };
  const record = await read(client.review[":id"].$get({ param }));
  expect(record.views).toBe(4);
  const answer = await api.request(`/api/review/${param.id}/difference`);
  const { data } = decodeScoreMap(new Uint8Array(await answer.arrayBuffer()));
  expect(data).toHaveLength(32 * 32);
  // After four steps both see the same or nothing; where foreground is predicted they are compared.
  if (record.foregroundEntropy !== null) expect(record.disagreement).not.toBeNull();
});

test("regions that were kept or removed stay with the proposal, over a decision and its undo", async () => {
  const { client, session } = await openProjectWithImages(2);
  const { project } = session.open;
  const { frameId } = project.images.frames()[0]!;
  const { modelId, runId } = addModel(project);
  const map = { width: 64, height: 64, data: new Uint8Array(64 * 64).fill(1, 0, 30) };
  const mask = encodeLabelMap(map);
  const confidence = new Uint8Array(64 * 64);
  const proposalId = project.proposals.add({ frameId, modelId, runId, mask, confidence, expectedDice: 0.7 });
  const param = { id: String(proposalId) };
  const region = Buffer.from(encodeLabelMap(map)).toString("base64");
  const mark = { verdict: "removed" as const, kind: "part" as const, value: 1, doubt: 0.2, mask: region };
  const marks = [{ ...mark, verdict: "kept" as const }, mark];
  const regions = client.review[":id"].regions;
  expect(await read(regions.$get({ param }))).toEqual([]);
  expect((await regions.$put({ param, json: { marks } })).status).toBe(204);
  expect(await read(regions.$get({ param }))).toEqual(marks);
  project.proposals.reject(proposalId);
  await expect(regions.$put({ param, json: { marks: [] } })).rejects.toMatchObject({ code: "conflict" });
  project.reviews.undo();
  expect(await read(regions.$get({ param }))).toEqual(marks);
  const other = Buffer.from(encodeLabelMap({ width: 9, height: 64, data: new Uint8Array(9 * 64) })).toString("base64");
  await expect(regions.$put({ param, json: { marks: [{ ...mark, mask: other }] } })).rejects.toMatchObject({
    code: "mask-mismatch",
  });
  await regions.$put({ param, json: { marks: [] } });
  expect(await read(regions.$get({ param }))).toEqual([]);
});

test("a part of a proposal can be left out, and undo brings it back", async () => {
  const { client, session } = await openProjectWithImages(3);
  const { project } = session.open;
  await client.split.$post({ json: { train: 1, val: 1, test: 0, seed: 1 } });
  const training = await read(client.runs.$post({ json: { method: "segment", settings, steps: 2, seed: 7 } }));
  const { modelId } = await session.open.queue.finished(training.runId);
  const { frameId } = project.images.frames().find(({ split }) => split === "unlabelled")!;
  const proposed = { width: 64, height: 64, data: new Uint8Array(64 * 64) };
  proposed.data.fill(1, 0, 5).fill(1, 64 * 9, 64 * 9 + 7);
  const proposalId = project.proposals.add({
    frameId,
    modelId: modelId!,
    runId: null,
    mask: encodeLabelMap(proposed),
    confidence: new Uint8Array(64 * 64),
    expectedDice: 0.7,
  });
  const json = { part: { kind: "component" as const, x: 3.5, y: 9.5 } };
  const param = { id: String(proposalId) };
  const step = await read(client.proposals[":id"].drop.$post({ param, json }));
  expect(step.proposal?.scribbles).toEqual([
    { value: 1, isForeground: false, radius: 0, points: [{ x: 3.5, y: 9.5 }] },
  ]);
  const left = decodeLabelMap(project.proposals.mask(step.proposal!.proposalId)).data;
  expect(left.reduce((sum, value) => sum + value, 0)).toBe(5);
  await expect(
    client.proposals[":id"].drop.$post({ param: { id: String(step.proposal!.proposalId) }, json }),
  ).rejects.toMatchObject({ code: "conflict" });
  await client.frames[":id"].undo.$post({ param: { id: String(frameId) }, query: {} });
  expect(project.proposalSteps.pending(frameId)?.proposalId).toBe(proposalId);
});
