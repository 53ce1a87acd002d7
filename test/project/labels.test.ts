/** @file Labels of images and patients: rules, undo over restarts, what older projects said. */
import path from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { migrate } from "../../src-main/project/migrations/index.ts";
import { openProject } from "../../src-main/project/index.ts";
import { newImage, newProject, temporaryFolder } from "./fixture.ts";

/** Three images; the first two are of one patient. */
function withImages(folder = temporaryFolder()) {
  const project = newProject(folder);
  const frameIds = [
    ["a", "1"],
    ["b", "1"],
    ["c", "2"],
  ].map(([name, caseName]) => project.images.add(newImage(name!, { caseName: caseName! })).frameIds[0]!);
  return { project, frameIds: frameIds as [number, number, number] };
}

it("a label of an image is its own, one of a patient is that of all its images", () => {
  const { project, frameIds } = withImages();
  const { labelDefinitions, labels } = project;
  const side = labelDefinitions.add({ name: "side", kind: "class", options: ["left", "right"] }).labelId;
  const age = labelDefinitions.add({ name: "age", kind: "number", scope: "patient", unit: "y" }).labelId;
  labels.set(side, frameIds[0], "left");
  labels.set(age, frameIds[1], 61);
  expect(labels.values(side)).toEqual([{ frameId: frameIds[0], value: "left" }]);
  expect(labels.values(age)).toEqual([
    { frameId: frameIds[0], value: 61 },
    { frameId: frameIds[1], value: 61 },
  ]);
  labels.set(side, frameIds[0], null);
  expect(labels.values(side)).toEqual([]);
});

it("values keep to the rules, and rules to the values that were ever said", () => {
  const { project, frameIds } = withImages();
  const { labelDefinitions, labels } = project;
  const { labelId: grade } = labelDefinitions.add({ name: "grade", kind: "grade", options: ["low", "high"] });
  const { labelId: size } = labelDefinitions.add({ name: "size", kind: "number", minimum: 0, maximum: 30 });
  expect(() => labels.set(grade, frameIds[0], "middle")).toThrow(/none of its grades/);
  expect(() => labels.set(grade, frameIds[0], 1)).toThrow(/none of its grades/);
  for (const wrong of [-1, 31, NaN, "12"]) expect(() => labels.set(size, frameIds[0], wrong)).toThrow(/size/);
  expect(labels.history()).toEqual({ canUndo: false, canRedo: false });
  labels.set(grade, frameIds[0], "high");
  labels.undo();
  expect(() => labelDefinitions.change(grade, { options: ["low"] })).toThrow(/none of its grades/);
  expect(labelDefinitions.change(grade, { options: ["high", "middle", "low"], kind: "class" })).toMatchObject({
    kind: "class",
  });
  for (const [wrong, why] of [
    [{ name: "GRADE", kind: "number" }, /already a label/],
    [{ name: "x", kind: "class", options: [] }, /1 to 1000/],
    [{ name: "x", kind: "class", options: ["a", "a"] }, /twice/],
    [{ name: "x", kind: "number", minimum: 2, maximum: 1 }, /not below/],
    [{ name: "x", kind: "grade", options: ["a"], unit: "mm" }, /only numbers/],
  ] as const) {
    expect(() => labelDefinitions.add(structuredClone(wrong) as never)).toThrow(why);
  }
});

it("undo and redo go over images, take a bulk change as one, and survive a restart", () => {
  const folder = temporaryFolder();
  const { project, frameIds } = withImages(folder);
  const { labelId } = project.labelDefinitions.add({ name: "grade", kind: "grade", options: ["0", "1"] });
  project.labels.set(labelId, frameIds[0], "1");
  project.labels.set(labelId, frameIds[0], "0");
  expect(project.labels.record([1, 2, 3].map((subjectId) => ({ labelId, subjectId, value: "1" })))).toBe(3);
  project.close();
  const again = openProject(path.join(folder, "study.aliquot"));
  const values = () => again.labels.values(labelId).map(({ value }) => value);
  expect(values()).toEqual(["1", "1", "1"]);
  expect(again.labels.undo()).toEqual({ labelId, frameId: frameIds[0], changed: 3, canUndo: true, canRedo: true });
  expect(values()).toEqual(["0"]);
  again.labels.undo();
  expect(values()).toEqual(["1"]);
  again.labels.undo();
  expect(values()).toEqual([]);
  expect(() => again.labels.undo()).toThrow("There is no label to undo.");
  for (let step = 0; step < 3; step++) again.labels.redo();
  expect(values()).toEqual(["1", "1", "1"]);
  expect(() => again.labels.redo()).toThrow("There is no label to redo.");
  // A new change after an undo is what redo leads to from then on.
  again.labels.undo();
  again.labels.set(labelId, frameIds[2], "0");
  expect(again.labels.history().canRedo).toBe(false);
  again.close();
});

it("one question of SQL answers every frame with its value of a label", () => {
  const folder = temporaryFolder();
  const { project, frameIds } = withImages(folder);
  const { labelId } = project.labelDefinitions.add({
    name: "grade",
    kind: "grade",
    scope: "patient",
    options: ["low", "middle", "high"],
  });
  project.labels.set(labelId, frameIds[0], "high");
  project.close();
  const database = new Database(path.join(folder, "study.aliquot"), { readonly: true });
  expect(database.prepare("SELECT frame_id, class_name, place FROM frame_label WHERE label = ?").all("grade")).toEqual([
    { frame_id: frameIds[0], class_name: "high", place: 2 },
    { frame_id: frameIds[1], class_name: "high", place: 2 },
  ]);
  database.close();
});

it("what a project of version 5 said is said still, and can be undone", () => {
  const database = new Database(":memory:");
  migrate(database, 5);
  database.exec(`
    INSERT INTO case_ (id, patient_key, name) VALUES (1, 'k', 'p');
    INSERT INTO project (id, created_at) VALUES (1, '');
    INSERT INTO blob VALUES ('d', x'00');
    INSERT INTO image SELECT value, 1, 's' || value, 'd', 'f', 'png', NULL, '' FROM json_each('[1,2]');
    INSERT INTO image_label (image_id, name, class_name, number, created_at) VALUES
      (1, 'age', NULL, 60, ''), (1, 'age', NULL, 61.5, ''), (2, 'side', 'right', NULL, ''), (1, 'side', 'left', NULL, ''),
      (1, 'mixed', 'x', NULL, ''), (2, 'mixed', NULL, 3, '');`);
  migrate(database);
  expect(database.prepare("SELECT name, kind, options FROM label_definition").raw().all()).toEqual([
    ["age", "number", "[]"],
    ["mixed", "class", '["3","x"]'],
    ["side", "class", '["left","right"]'],
  ]);
  const values =
    "SELECT name, subject_id, coalesce(class_name, number) FROM label_value JOIN label_definition ON definition_id = id";
  expect(database.prepare(`${values} ORDER BY name, subject_id`).raw().all()).toEqual([
    ["age", 1, 61.5],
    ["mixed", 1, "x"],
    ["mixed", 2, "3"],
    ["side", 1, "left"],
    ["side", 2, "right"],
  ]);
  expect(database.prepare("SELECT number_before, number FROM label_entry WHERE change_id = 2").raw().get()).toEqual([
    60, 61.5,
  ]);
  expect(database.prepare("SELECT label_head_id FROM project").pluck().get()).toBe(6);
  database.close();
});
