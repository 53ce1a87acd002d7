/** @file Proposals with review records by the API, with the real worker on images of 64 x 64. */
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { decodeScoreMap } from "../../src-main/voxels/index.ts";
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
