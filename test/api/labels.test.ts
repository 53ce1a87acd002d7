import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { openProjectWithImages } from "./fixture.ts";

test("labels are defined, said of frames, listed and undone; listeners hear of it", async () => {
  const { client, session } = await openProjectWithImages(2);
  const heard: string[] = [];
  session.open.project.onChange((what) => heard.push(...what));
  const label = await read(
    client.labels.$post({ json: { name: "grade", kind: "grade", scope: "patient", options: ["low", "high"] } }),
  );
  expect(await read(client.labels.$get())).toEqual([label]);
  const [first, second] = await read(client.frames.$get());
  const id = String(label.labelId);
  const set = client.labels[":id"].frames[":frameId"];
  expect(await read(set.$put({ param: { id, frameId: String(first!.frameId) }, json: { value: "high" } }))).toEqual({
    canUndo: true,
    canRedo: false,
  });
  expect(await read(client.labels[":id"].values.$get({ param: { id } }))).toEqual([
    { frameId: first!.frameId, value: "high" },
    { frameId: second!.frameId, value: "high" },
  ]);
  expect(await read(client.labels.undo.$post())).toMatchObject({
    frameId: first!.frameId,
    canUndo: false,
    canRedo: true,
  });
  expect(await read(client.labels.history.$get())).toEqual({ canUndo: false, canRedo: true });
  expect(await read(client.labels.redo.$post())).toMatchObject({ labelId: label.labelId });
  expect(
    await read(client.labels[":id"].$patch({ param: { id }, json: { options: ["low", "middle", "high"] } })),
  ).toMatchObject({ options: ["low", "middle", "high"] });
  expect(new Set(heard)).toEqual(new Set(["labels"]));
  await expect(
    set.$put({ param: { id, frameId: String(first!.frameId) }, json: { value: "none" } }),
  ).rejects.toMatchObject({ code: "bad-request" });
  await expect(set.$put({ param: { id: "9", frameId: "1" }, json: { value: "low" } })).rejects.toMatchObject({
    code: "not-found",
  });
});
