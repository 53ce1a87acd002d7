/** @file Previews of exports as the API meets them: followed, cancelled, and ended with the project. */
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { EventMap } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import type { Project } from "../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { newImage } from "../project/fixture.ts";
import { openSession } from "./fixture.ts";

const SIDE = 256;
/** More than can be counted between two notices of progress. */
const MASKS = 1500;

/** Frames that all have a mask; their pixels are never looked at. */
function addFrames(project: Project): void {
  const map = createLabelMap(SIDE, SIDE);
  map.data.fill(1, 1000, 9000);
  const mask = encodeLabelMap(map);
  project.edit("add images", () => {
    for (let index = 0; index < MASKS; index++) {
      const size = { width: SIDE, height: SIDE };
      const { frameIds } = project.images.add(newImage(`${index}`, { caseName: null }, size));
      project.annotations.write(frameIds[0]!, mask, { origin: "drawn" });
    }
  });
}

async function openLargeSet() {
  const open = openSession();
  const path = join(open.folder, "large.aliquot");
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  addFrames(open.session.open.project);
  /** Resolves with the first word of progress, once something is done. */
  const firstWord = (): Promise<EventMap["preview"]> =>
    new Promise((resolve) => {
      const off = open.session.listeners.on((event) => {
        if (event.type !== "preview" || event.data.done === 0) return;
        off();
        resolve(event.data);
      });
    });
  return { ...open, path, firstWord };
}

const asked = { format: "png", previewId: "window-1" } as const;

test("a preview of many masks tells how far it is, is cancelled at once, and can be asked for again", async () => {
  const { client, firstWord } = await openLargeSet();
  const word = firstWord();
  const answer = client.exports.preview.$post({ json: asked }).catch((error: unknown) => error);
  const { done, total, ...rest } = await word;
  expect(rest).toEqual({ previewId: "window-1", secondsLeft: expect.any(Number) as unknown });
  expect(total).toBe(MASKS);
  expect(done).toBeLessThan(MASKS);
  await client.exports.preview[":id"].cancel.$post({ param: { id: "another" } });
  await client.exports.preview[":id"].cancel.$post({ param: { id: "window-1" } });
  expect(await answer).toMatchObject({ code: "cancelled", title: "The preview of the export was cancelled." });
  expect(await read(client.exports.preview.$post({ json: asked }))).toMatchObject({ frames: MASKS });
});

test("closing the project ends a preview of it, without a complaint", async () => {
  const log = vi.spyOn(console, "error");
  const { client, firstWord, path } = await openLargeSet();
  const word = firstWord();
  const answer = client.exports.preview.$post({ json: asked }).catch((error: unknown) => error);
  // One that nobody follows ends too.
  const other = client.exports.preview.$post({ json: { format: "csv" } }).catch((error: unknown) => error);
  await word;
  await client.project.close.$post();
  expect([await answer, await other]).toMatchObject([{ code: "cancelled" }, { code: "cancelled" }]);
  expect(log).not.toHaveBeenCalled();
  expect((await read(client.project.open.$post({ json: { path } }))).counts.annotated).toBe(MASKS);
});
