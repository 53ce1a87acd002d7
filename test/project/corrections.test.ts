/** @file Proposals of older project files after their table was written anew. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { migrate } from "../../src-main/project/migrations/index.ts";

test("proposals of version 8 are there after the migration, with what points at them", () => {
  const database = new Database(":memory:");
  database.pragma("foreign_keys = ON");
  migrate(database, 8);
  database.exec(`
    INSERT INTO case_ (id, patient_key, name) VALUES (1, 'k', 'p');
    INSERT INTO blob VALUES ('d', x'00');
    INSERT INTO image VALUES (1, 1, 's', 'd', 'f', 'png', NULL, '');
    INSERT INTO frame (id, image_id, frame_index, width, height, metadata, thumbnail_sha256) VALUES (1, 1, 0, 1, 1, '{}', 'd');
    INSERT INTO run (id, kind, method, state, settings, seed, device, steps, created_at, snapshot)
      VALUES (1, 'predict', 'segment', 'done', '{}', 0, 'cpu', 1, '', '{}');
    INSERT INTO model (id, run_id, name, method, created_at, step, classes, onnx_sha256, weights_sha256)
      VALUES (1, 1, 'm', 'segment', '', 1, '[]', 'd', 'd');
    INSERT INTO proposal VALUES (1, 1, 1, 1, 'superseded', 0.5, 'then', 0, x'01', x'02'), (2, 1, 1, 1, 'edited', 0.75, 'now', 1, x'03', x'04');
    INSERT INTO mask_revision (id, frame_id, origin, model_id, run_id, proposal_id, created_at, is_deflated, label_map)
      VALUES (1, 1, 'edited', 1, 1, 2, '', 0, x'03');
    INSERT INTO review_decision (proposal_id, decision, revision_id, decided_at) VALUES (2, 'edited', 1, '');`);
  const before = database.prepare("SELECT * FROM proposal ORDER BY id").all() as object[];
  migrate(database, 9);
  expect(database.prepare("SELECT * FROM proposal ORDER BY id").all()).toEqual(
    before.map((row) => ({ ...row, corrects_id: null, scribble: null })),
  );
  migrate(database);
  expect(database.pragma("foreign_key_check")).toEqual([]);
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(() => database.exec("DELETE FROM proposal WHERE id = 2")).toThrow("FOREIGN KEY");
});
