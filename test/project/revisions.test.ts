/** @file Every revision comes back as it was written, however it is stored. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openProject } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, encodeLabelMap, paintSegment } from "../../src-main/voxels/index.ts";
import { APPLICATION_ID } from "../../src-main/project/header.ts";
import { migrate } from "../../src-main/project/migrations/index.ts";
import { maskOf, newImage, newProject, temporaryFolder } from "./fixture.ts";

const SIDE = 128;

function addLargeFrame(project: ReturnType<typeof newProject>, name: string): number {
  const image = newImage(name);
  return project.images.add({ ...image, frames: [{ ...image.frames[0]!, width: SIDE, height: SIDE }] }).frameIds[0]!;
}

function rowsOf(path: string): { id: number; patch_depth: number; bytes: number }[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare("SELECT id, patch_depth, length(label_map) AS bytes FROM mask_revision").all() as never;
  } finally {
    database.close();
  }
}

it("strokes, undo, redo and branches on two frames: all revisions are as written, also after a restart", () => {
  const project = newProject();
  const random = new Random(2, "revisions");
  const frames = ["a_1", "b_1"].map((name) => ({
    frameId: addLargeFrame(project, name),
    map: createLabelMap(SIDE, SIDE),
  }));
  const written = new Map<number, Uint8Array>();
  for (let stroke = 0; stroke < 300; stroke++) {
    const { frameId, map } = frames[random.integer(2)]!;
    if (random.uniform() < 0.25) {
      project.annotations[random.uniform() < 0.6 ? "undo" : "redo"](frameId);
      const revisionId = project.annotations.head(frameId);
      expect(project.annotations.mask(frameId)).toEqual(written.get(revisionId) ?? null);
      continue;
    }
    // Now and then everything changes.
    if (random.uniform() < 0.03) map.data.forEach((_, index) => (map.data[index] = random.integer(3)));
    const [x, y] = [random.between(0, SIDE), random.between(0, SIDE)];
    paintSegment(map, { x, y }, { x: x + 20, y: y + 9 }, random.between(1, 9), random.integer(3));
    const rle = encodeLabelMap(map);
    written.set(project.annotations.write(frameId, rle, { origin: "drawn" }).revisionId, rle);
  }
  project.close();
  const rows = rowsOf(project.path);
  const depths = rows.map(({ patch_depth }) => patch_depth);
  expect(Math.max(...depths)).toBeGreaterThan(16);
  expect(Math.max(...depths)).toBeLessThanOrEqual(32);
  expect(depths.filter((depth) => depth === 0).length).toBeLessThan(60);
  const again = openProject(project.path);
  for (const [revisionId, rle] of [...written].reverse()) expect(again.annotations.revision(revisionId)).toEqual(rle);
  again.close();
});

it("ids of an edit that was rolled back are given again, to other maps", () => {
  const project = newProject();
  const frameId = addLargeFrame(project, "a_1");
  const size = { width: SIDE, height: SIDE };
  const strokes = [900, 901, 902].map((length) => maskOf(1, length, size));
  project.annotations.write(frameId, encodeLabelMap(createLabelMap(SIDE, SIDE)), { origin: "drawn" });
  expect(() =>
    project.edit("cut off", () => {
      for (const rle of strokes) project.annotations.write(frameId, rle, { origin: "drawn" });
      throw new Error("cut off");
    }),
  ).toThrow("cut off");
  for (const length of [200, 201, 202]) {
    const rle = maskOf(2, length, size);
    const { revisionId } = project.annotations.write(frameId, rle, { origin: "drawn" });
    expect(project.annotations.revision(revisionId)).toEqual(rle);
  }
});

it("a file from before changes were stored opens, and is drawn on", () => {
  const path = join(temporaryFolder(), "old.aliquot");
  const database = new Database(path);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(database, 7);
  database.prepare("INSERT INTO project (id, created_at) VALUES (1, '2026-01-01')").run();
  database.exec(
    `INSERT INTO label_class (value, name, color) VALUES (1, 'lesion', '#ffffff');
     INSERT INTO blob VALUES ('x', x'00');
     INSERT INTO case_ VALUES (1, 'p', 'p', NULL);
     INSERT INTO image VALUES (1, 1, 'x', 'x', 'p.png', 'png', NULL, '2026-01-01');
     INSERT INTO frame (id, image_id, frame_index, width, height, metadata, thumbnail_sha256) VALUES (1, 1, 0, 128, 128, '{}', 'x')`,
  );
  const size = { width: SIDE, height: SIDE };
  const old = [encodeLabelMap(createLabelMap(SIDE, SIDE)), maskOf(1, 900, size)];
  old.forEach((rle, index) =>
    database
      .prepare(
        `INSERT INTO mask_revision (frame_id, parent_id, origin, created_at, is_deflated, label_map)
         VALUES (1, ?, 'drawn', '2026-01-01', 0, ?)`,
      )
      .run(index === 0 ? null : index, rle),
  );
  database.exec("UPDATE frame SET head_id = 2");
  database.close();

  const project = openProject(path);
  expect(project.annotations.mask(1)).toEqual(old[1]);
  project.annotations.write(1, maskOf(1, 905, size), { origin: "drawn" });
  project.annotations.undo(1);
  project.annotations.undo(1);
  expect(project.annotations.mask(1)).toEqual(old[0]);
  project.annotations.redo(1);
  project.annotations.redo(1);
  expect(project.annotations.mask(1)).toEqual(maskOf(1, 905, size));
  project.close();
});
