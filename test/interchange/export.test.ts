import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { MaskKind } from "../../src-main/api/contract.ts";
import { exportFiles, type ExportOptions, previewExport } from "../../src-main/interchange/index.ts";
import { decodeMask } from "../../src-main/imaging/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, encodeLabelMap, type LabelMap } from "../../src-main/voxels/index.ts";
import { addModel, maskOf, newImage, newProject, SIZE, temporaryFolder } from "../project/fixture.ts";

type Options = Omit<ExportOptions, "format">;
const exportPngMasks = (options: Options) => exportFiles({ ...options, format: "png" });
const exportOnnx = (options: Options) => exportFiles({ ...options, format: "onnx" });
const exportMetrics = (options: Options) => exportFiles({ ...options, format: "csv" });

function noisyMap(seed: number, values: number): LabelMap {
  const map = createLabelMap(SIZE.width, SIZE.height);
  const random = new Random(seed, "map");
  map.data.forEach((_, index) => (map.data[index] = random.integer(values + 1)));
  return map;
}

function annotated(project: Project, name: string, map: LabelMap, change = {}): number {
  const frameId = project.images.add(newImage(name, change)).frameIds[0]!;
  project.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
  return frameId;
}

const filesBelow = (dir: string): string[] =>
  fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .sort();

describe("masks", () => {
  it("are the label maps exactly, named as the images", async () => {
    const project = newProject();
    const dir = path.join(temporaryFolder(), "new", "masks");
    const maps = [noisyMap(1, 2), noisyMap(2, 2)];
    maps.forEach((map, index) => annotated(project, `p0${index}_001`, map));
    project.images.add(newImage("not annotated"));
    const report = await exportPngMasks({ project, dir });
    expect(report).toEqual({ format: "png", dir, files: ["p00_001.png", "p01_001.png", "README.md"] });
    expect(filesBelow(dir)).toEqual([...report.files].sort());
    for (const [index, name] of report.files.slice(0, 2).entries()) {
      const bytes = fs.readFileSync(path.join(dir, name));
      const request = { fileName: name, classes: project.classes.list(), expected: SIZE };
      expect((await decodeMask(bytes, request)).data).toEqual(maps[index]!.data);
    }
  });

  it("go by split, and an empty choice is told", async () => {
    const project = newProject();
    const dir = temporaryFolder();
    annotated(project, "a_1", noisyMap(1, 1), { caseName: "a" });
    annotated(project, "b_1", noisyMap(2, 1), { caseName: "b" });
    project.cases.setSplit(2, "test");
    expect((await exportPngMasks({ project, dir, split: "test" })).files).toEqual(["b_1.png", "README.md"]);
    await expect(exportPngMasks({ project, dir, split: "val" })).rejects.toThrow("no annotation in the split val");
  });

  it("of images of one name do not overwrite each other", async () => {
    const project = newProject();
    const dir = temporaryFolder();
    const names: [string, string][] = [
      ["001.png", "p01"],
      ["001.png", "p02"],
      ["A.png", "p03"],
      ["a.jpg", "p03"],
      ["../../evil:name.png", "p04"],
    ];
    names.forEach(([fileName, caseName], index) =>
      annotated(project, `i${index}`, noisyMap(index, 2), { fileName, caseName }),
    );
    const { files } = await exportPngMasks({ project, dir });
    expect([...files].sort()).toEqual([
      "README.md",
      "evil_name.png",
      "p01/001.png",
      "p02/001.png",
      "p03/A_image3.png",
      "p03/a_image4.png",
    ]);
    expect(filesBelow(dir)).toEqual([...files].sort());
  });

  it("of frames are numbered", async () => {
    const project = newProject();
    const [frame] = newImage("x").frames;
    const { frameIds } = project.images.add(newImage("cine", { fileName: "cine.dcm", frames: [frame!, frame!] }));
    project.annotations.write(frameIds[1]!, maskOf(1, 4), { origin: "drawn" });
    expect((await exportPngMasks({ project, dir: temporaryFolder() })).files).toEqual([
      "cine_frame0002.png",
      "README.md",
    ]);
  });

  it("never replace a foreign file unless told to; the same file again is fine", async () => {
    const project = newProject();
    const dir = temporaryFolder();
    annotated(project, "a_1", noisyMap(1, 2));
    annotated(project, "b_1", noisyMap(2, 2));
    fs.writeFileSync(path.join(dir, "b_1.png"), "foreign");
    await expect(exportPngMasks({ project, dir })).rejects.toMatchObject({
      code: "conflict",
      detail: "Different content: b_1.png. Nothing was written.",
    });
    expect(filesBelow(dir)).toEqual(["b_1.png"]);
    expect(fs.readFileSync(path.join(dir, "b_1.png"), "utf8")).toBe("foreign");
    await exportPngMasks({ project, dir, overwrite: true });
    expect((await exportPngMasks({ project, dir })).files).toEqual(["a_1.png", "b_1.png", "README.md"]);
    expect(filesBelow(dir)).toEqual(["README.md", "a_1.png", "b_1.png"]);
  });

  it("into what is no folder give a clear problem", async () => {
    const project = newProject();
    annotated(project, "a_1", noisyMap(1, 2));
    const dir = path.join(temporaryFolder(), "file");
    fs.writeFileSync(dir, "");
    await expect(exportPngMasks({ project, dir })).rejects.toMatchObject({ name: "Problem", code: "file-unreadable" });
  });
});

it("a model leaves as the ONNX file that it is", async () => {
  const project = newProject();
  const { modelId } = addModel(project);
  const dir = temporaryFolder();
  const { files } = await exportOnnx({ project, dir, modelId });
  expect(files).toEqual(["segment-1.onnx"]);
  expect(fs.readFileSync(path.join(dir, files[0]!), "utf8")).toBe("onnx");
  await expect(exportOnnx({ project, dir, modelId: 9 })).rejects.toThrow("no model 9");
});

it("figures leave as CSV with quoting, empty fields for what is undefined, and means", async () => {
  const project = newProject();
  const dir = temporaryFolder();
  const { modelId } = addModel(project);
  const change = { fileName: 'a "b", c.png', caseName: "p1" };
  const frameId = annotated(project, "a", noisyMap(1, 2), change);
  await expect(exportMetrics({ project, dir, modelId })).rejects.toThrow("not evaluated on the split test");
  project.evaluations.replace(modelId, "test", [
    { frameId, classValue: 1, dice: 0.5, iou: 1 / 3, hd95: 2.5, hd95Unit: "px" },
    { frameId, classValue: 2, dice: null, iou: null, hd95: null, hd95Unit: "px" },
  ]);
  const { files } = await exportMetrics({ project, dir, modelId });
  expect(files).toEqual(["metrics-model-1-test.csv"]);
  expect(fs.readFileSync(path.join(dir, files[0]!), "utf8")).toBe(
    [
      "model,split,case,image,class_value,class_name,dice,iou,hd95,hd95_unit",
      '1,test,p1,"a ""b"", c.png",1,lesion,0.5,0.3333333333333333,2.5,px',
      '1,test,p1,"a ""b"", c.png",2,organ,,,,px',
      "1,test,,mean,1,lesion,0.5,0.3333333333333333,2.5,px",
      "1,test,,mean,2,organ,,,,px",
      "",
    ].join("\r\n"),
  );
});

describe("kinds of masks", () => {
  it("are those that a person drew or decided on, or as chosen; proposals only where nothing else is", async () => {
    const project = newProject();
    const drawn = annotated(project, "drawn_1", noisyMap(1, 1));
    const { runId, modelId } = addModel(project);
    const propose = (frameId: number): number =>
      project.proposals.add({
        ...{ frameId, modelId, runId, expectedDice: 0.5 },
        mask: encodeLabelMap(noisyMap(9, 1)),
        confidence: new Uint8Array(SIZE.width * SIZE.height),
      });
    propose(drawn);
    project.proposals.accept(propose(project.images.add(newImage("accepted_1")).frameIds[0]!));
    propose(project.images.add(newImage("proposed_1")).frameIds[0]!);
    const namesOf = async (masks?: MaskKind[]) =>
      (await previewExport({ project, format: "png", masks })).files.filter((name) => name !== "README.md");
    expect(await namesOf()).toEqual(["drawn_1.png", "accepted_1.png"]);
    expect(await namesOf(["human"])).toEqual(["drawn_1.png"]);
    expect(await namesOf(["accepted"])).toEqual(["accepted_1.png"]);
    expect(await namesOf(["human", "proposed"])).toEqual(["drawn_1.png", "proposed_1.png"]);
    expect(await namesOf(["proposed"])).toEqual(["drawn_1.png", "proposed_1.png"]);

    const preview = await previewExport({ project, format: "png", masks: ["human", "accepted", "proposed"] });
    expect(preview).toMatchObject({ frames: 3, warnings: [{ title: "1 mask was seen by no person." }] });
    expect(preview.card).toContain("| proposed by a model, not reviewed by a person | 1 |");
    const dir = temporaryFolder();
    await exportPngMasks({ project, dir, masks: ["proposed"] });
    const request = { fileName: "m.png", classes: project.classes.list(), expected: SIZE };
    const exported = await decodeMask(fs.readFileSync(path.join(dir, "drawn_1.png")), request);
    expect(exported.data).toEqual(noisyMap(9, 1).data);
  });

  it("a preview tells of frames without a mask, and writes nothing", async () => {
    const project = newProject();
    annotated(project, "a_1", noisyMap(1, 1));
    const bare = project.images.add(newImage("b_1")).frameIds[0]!;
    const { warnings } = await previewExport({ project, format: "coco" });
    expect(warnings.map(({ title, frameId }) => [title, frameId])).toEqual([
      ["1 frame of the project without a mask stays out.", bare],
      ["1 frame is in no split.", null],
    ]);
  });
});
