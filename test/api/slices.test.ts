import { expect, test } from "vitest";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { read } from "../../src-main/app/client.ts";
import { openProjectWithImages } from "./fixture.ts";

test("masks of several frames are put as one action, listed as slices, and undone as one", async () => {
  const { client, session } = await openProjectWithImages(2);
  const [row] = (await read(client.frames.$get())).filter(({ annotation }) => annotation === null);
  const param = { id: String(row!.frameId) };
  const slices = await read(client.frames[":id"].slices.$get({ param }));
  expect(slices.map(({ isEmpty }) => isEmpty)).toEqual([true, true]);
  const map = createLabelMap(64, 64);
  map.data.fill(1, 0, 70);
  const labelMap = Buffer.from(encodeLabelMap(map)).toString("base64");
  const frames = slices.map(({ frameId, revisionId }) => ({ frameId, base: revisionId, labelMap }));
  expect(await read(client.frames.masks.$put({ json: { frames } }))).toMatchObject([
    { canUndo: true },
    { canUndo: true },
  ]);
  const after = await read(client.frames[":id"].slices.$get({ param }));
  expect(after.map(({ isEmpty }) => isEmpty)).toEqual([false, false]);
  const other = frames.map((each) => ({ ...each, base: each.base + 1000 }));
  await expect(client.frames.masks.$put({ json: { frames: other } })).rejects.toMatchObject({ code: "conflict" });
  const undone = await read(client.frames[":id"].undo.$post({ param, query: {} }));
  expect(undone.group).toEqual({ frameIds: slices.map(({ frameId }) => frameId), kept: 0 });
  expect(session.open.project.annotations.head(slices[1]!.frameId)).toBe(0);
  const broken = { frames: [{ ...frames[0]!, labelMap: "AAAA" }] };
  await expect(client.frames.masks.$put({ json: broken })).rejects.toMatchObject({ code: "corrupt-file" });
});
