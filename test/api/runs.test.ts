/** @file Training, proposals, review and evaluation by the API, with the real worker on images of 64 x 64. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import type { SessionEvent } from "../../src-main/api/listeners.ts";
import { encodeLabelMap } from "../../src-main/voxels/index.ts";
import { openProjectWithImages, type OpenSession } from "./fixture.ts";

const settings = { size: 64, batchSize: 2, width: 4, depth: 2, validateEvery: 2 };

async function openSplitProject(): Promise<OpenSession> {
  const open = await openProjectWithImages(4);
  // Patients 1 to 3 have masks; patient 4 is left unlabelled.
  await open.client.split.$post({ json: { train: 1, val: 1, test: 1, seed: 1 } });
  return open;
}

async function train({ client, session }: OpenSession, steps: number): Promise<number> {
  const { runId } = await read(client.runs.$post({ json: { method: "segment", settings, steps, seed: 7 } }));
  const { state, modelId, problem } = await session.open.queue.finished(runId);
  expect({ state, problem }).toEqual({ state: "done", problem: null });
  return modelId!;
}

test("a run makes a model, the model proposals, and a person decides on each", async () => {
  const open = await openSplitProject();
  const { client, session, api } = open;
  const events: SessionEvent[] = [];
  session.listeners.on((event) => events.push(event));
  const modelId = await train(open, 4);
  expect(await read(client.models.$get())).toMatchObject([{ modelId, method: "segment" }]);
  const [row] = await read(client.runs.$get());
  const detail = await read(client.runs[":id"].$get({ param: { id: String(row!.runId) } }));
  expect(detail).toMatchObject({ kind: "train", state: "done", step: 4, steps: 4, seed: 7, deviceReason: null });
  expect(detail.metrics.map(({ name }) => name)).toContain("loss");
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set(["run", "doing", "metrics", "validation", "changed"]),
  );

  const { runId } = await read(client.proposals.$post({ json: { modelId } }));
  expect((await session.open.queue.finished(runId)).state).toBe("done");
  const pending = await read(client.proposals.$get({ query: { state: "pending" } }));
  expect(pending).toHaveLength(2);
  const [first, second] = pending.map(({ proposalId, frameId }) => ({ id: String(proposalId), frameId }));
  const bytes = async (path: string) => new Uint8Array(await (await api.request(`/api${path}`)).arrayBuffer());
  const confidence = await bytes(`/proposals/${first!.id}/confidence`);
  expect(confidence).toHaveLength(64 * 64);
  const mask = await bytes(`/proposals/${first!.id}/mask`);

  const decide = client.proposals[":id"];
  expect((await read(decide.accept.$post({ param: first! }))).state).toBe("accepted");
  expect(await bytes(`/frames/${first!.frameId}/mask`)).toEqual(mask);
  expect((await read(decide.reopen.$post({ param: first! }))).state).toBe("pending");
  expect((await read(decide.reject.$post({ param: first! }))).state).toBe("rejected");

  const edited = encodeLabelMap({ width: 64, height: 64, data: new Uint8Array(64 * 64).fill(1) });
  const put = await api.request(`/api/proposals/${second!.id}/mask`, { method: "PUT", body: edited });
  expect(await put.json()).toMatchObject({ state: "edited" });
  const frames = await read(client.frames.$get());
  expect(frames.find(({ frameId }) => frameId === second!.frameId)?.annotation).toBe("edited");
  await decide.reopen.$post({ param: first! });
  const json = { quality: 0 };
  await expect(client.proposals["accept-above"].$post({ json })).rejects.toMatchObject({ code: "conflict" });
  const unasked = { json: { ...json, withoutEvidence: true } };
  expect(await read(client.proposals["accept-above"].$post(unasked))).toEqual({ accepted: 1, audited: 0, left: 0 });
  const param = { id: first!.id };
  const { frameId } = await read(client.proposals[":id"].$get({ param }));
  const of = { param: { id: String(frameId) } };
  expect(await read(client.frames[":id"].provenance.$get(of))).toMatchObject({
    origin: "accepted",
    isReviewed: false,
    proposal: { dice: 1, modelId },
    acceptance: { quality: 0, isWithEvidence: false },
  });
  expect(await read(client.review.undo.$post())).toMatchObject({ proposalId: Number(first!.id), state: "pending" });
});

test("a model is judged on a split and leaves as ONNX and CSV", async () => {
  const open = await openSplitProject();
  const { client, session, folder } = open;
  await expect(client.exports.$post({ json: { format: "onnx", dir: join(folder, "out") } })).rejects.toMatchObject({
    code: "not-found",
  });
  const modelId = await train(open, 2);
  const { runId } = await read(client.evaluations.$post({ json: { modelId, split: "test" } }));
  expect((await session.open.queue.finished(runId)).state).toBe("done");
  const summary = await read(client.evaluations.$get({ query: { modelId: String(modelId), split: "test" } }));
  expect(summary).toMatchObject({ modelId, split: "test", frames: 2, cases: 1 });
  expect(summary.rows).toHaveLength(2);
  for (const format of ["onnx", "csv"] as const) {
    const json = { format, dir: join(folder, "out"), split: "test" as const, modelId };
    const { files } = await read(client.exports.$post({ json }));
    expect(files).toEqual([expect.stringMatching(new RegExp(`\\.${format}$`))]);
  }
});

test("a cancelled run keeps its checkpoint and is resumed to the end", async () => {
  const { client, session } = await openSplitProject();
  const { runId } = await read(client.runs.$post({ json: { method: "segment", settings, steps: 200, seed: 7 } }));
  const param = { id: String(runId) };
  await new Promise<void>((resolve) => {
    session.listeners.on((event) => {
      if (event.type === "run" && event.data.step > 0) resolve();
    });
  });
  await client.runs[":id"].cancel.$post({ param });
  expect((await session.open.queue.finished(runId)).state).toBe("cancelled");
  const { step } = await read(client.runs[":id"].$get({ param }));
  expect(step).toBeLessThan(200);
  await client.runs[":id"].resume.$post({ param });
  expect(await session.open.queue.finished(runId)).toMatchObject({ state: "done", step: 200 });
});

test("a run without data is refused before it is queued", async () => {
  const { client } = await openProjectWithImages();
  await expect(client.runs.$post({ json: { method: "segment" } })).rejects.toMatchObject({ code: "not-enough-data" });
  await expect(client.runs.$post({ json: { method: "magic" } })).rejects.toMatchObject({ code: "bad-request" });
  expect(await read(client.runs.$get())).toEqual([]);
});

test("trainings are compared by what they learned from and how far they got; a model takes another name", async () => {
  const open = await openSplitProject();
  const { client } = open;
  const first = await train(open, 4);
  await train(open, 6);
  const [frame] = (await read(client.frames.$get())).filter(({ split }) => split === "train");
  const drawn = encodeLabelMap({ width: 64, height: 64, data: new Uint8Array(64 * 64).fill(1) });
  open.session.open.project.annotations.write(frame!.frameId, drawn, { origin: "drawn" });
  await train(open, 2);
  const [third, second, one] = await read(client["run-history"].$get());
  expect(one).toMatchObject({
    data: { labelled: 2, validated: 2, unlabelled: 0, classes: ["lesion"], fromModel: null },
  });
  expect(second!.data).toEqual(one!.data);
  expect(third!.data.digest).not.toBe(one!.data.digest);
  const { metrics } = await read(client.runs[":id"].$get({ param: { id: String(second!.runId) } }));
  const dice = metrics.filter(({ name }) => name === "validationDice").map(({ value }) => value);
  expect(second!.best?.score).toBe(Math.max(...dice));

  const param = { id: String(first) };
  expect((await read(client.models[":id"].$patch({ param, json: { name: " Ward 3 " } }))).name).toBe("Ward 3");
  const rename = (id: string, name: string) => client.models[":id"].$patch({ param: { id }, json: { name } });
  await expect(rename(param.id, " ")).rejects.toMatchObject({ code: "bad-request" });
  await expect(rename("99", "x")).rejects.toMatchObject({ code: "not-found" });
});

test("how long a training takes is told once one like it has run here, in this project or another", async () => {
  const open = await openSplitProject();
  const ask = (more: object) => read(open.client["run-estimates"].$post({ json: { method: "segment", ...more } }));
  expect(await ask({ settings: { ...settings, steps: 24 } })).toEqual({ steps: 24, measured: null });
  await train(open, 24);
  const { measured } = await ask({ settings: { ...settings, steps: 48 } });
  expect(measured).toMatchObject({ device: "cpu" });
  const half = (await ask({ settings: { ...settings, steps: 24 } })).measured!.seconds;
  expect(measured!.seconds).toBeCloseTo(2 * half, 9);
  expect(half).toBeGreaterThan(0);
  expect((await ask({ settings: { ...settings, size: 96 } })).measured).toBeNull();
  expect((await ask({ settings, device: "cuda" })).measured).toBeNull();
});
