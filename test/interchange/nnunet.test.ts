/** @file nnU-Net's folders come in: versions 1 and 2, channels, splits, file endings; what cannot be meant is refused. */
import { expect, it } from "vitest";
import type { ImportFile } from "../../src-main/interchange/index.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { writeTiff } from "../imaging/tiff-writer.ts";
import { grayPng, importInto, mapsOf, memoryFile, poolOfFile, projectWith } from "./fixture.ts";

const pool = poolOfFile();
const size = { width: 4, height: 3 };
const labels = Uint8Array.of(0, 1, 1, 0, 0, 2, 2, 0, 0, 0, 0, 0);

const description = (change: object = {}): ImportFile =>
  memoryFile(
    "Dataset001_X/dataset.json",
    JSON.stringify({
      channel_names: { "0": "T1", "1": "FLAIR" },
      labels: { background: 0, lesion: 1, organ: 2 },
      numTraining: 2,
      file_ending: ".png",
      ...change,
    }),
  );

const at = (name: string, bytes: Uint8Array | string): ImportFile => memoryFile(`Dataset001_X/${name}`, bytes);

async function pictures(...names: string[]): Promise<ImportFile[]> {
  return Promise.all(names.map(async (name, index) => at(name, await grayPng(10 + index, size))));
}

async function mask(name: string): Promise<ImportFile> {
  return at(name, await encodePng(labels, size.width, size.height, 1));
}

it("one channel of several comes in, with its labels; the others are counted", async () => {
  const items = [
    description(),
    ...(await pictures("imagesTr/s1_0000.png", "imagesTr/s1_0001.png", "imagesTr/s2_0000.png", "imagesTr/s2_0001.png")),
    await mask("labelsTr/s1.png"),
    await mask("labelsTr/s2.png"),
  ];
  for (const [channel, name] of ["T1", "FLAIR"].entries()) {
    const project = projectWith("lesion", "organ");
    const report = await importInto(project, pool(), { items, channel });
    expect(report).toMatchObject({ imported: 2, masks: 2, refused: [], unmatchedMasks: [] });
    expect(report.matches[0]).toEqual({
      file: "Dataset001_X/dataset.json",
      kind: "nnunet",
      images: [],
      notes: [`2 images of channel ${channel} (${name})`, "2 files of other channels are left out"],
    });
    expect(mapsOf(project)).toEqual({
      [`s1_000${channel}.png`]: [...labels],
      [`s2_000${channel}.png`]: [...labels],
    });
    expect(project.cases.list().map((each) => each.name)).toEqual(["s1", "s2"]);
  }
  await expect(importInto(projectWith("a"), pool(), { items, channel: 2 })).rejects.toMatchObject({
    code: "bad-request",
    detail: "Its channels are 0 T1, 1 FLAIR.",
  });
});

it("splits are those of the folders and of a fold; a split that the person chose goes before", async () => {
  const items = [
    description({ channel_names: { "0": "T1" }, cases: { s3: "p07" } }),
    at(
      "splits_final.json",
      JSON.stringify([
        { train: ["s1"], val: ["s2"] },
        { train: ["s2"], val: ["s1"] },
      ]),
    ),
    ...(await pictures("imagesTr/s1_0000.png", "imagesTr/s2_0000.png", "imagesTs/s3_0000.png", "imagesTr/s4_0000.png")),
    await mask("labelsTs/s3.png"),
  ];
  const splitsOf = async (options: object) => {
    const project = projectWith("lesion", "organ");
    const report = await importInto(project, pool(), { items, ...options });
    expect(report).toMatchObject({ imported: 4, masks: 1, refused: [] });
    return Object.fromEntries(project.cases.list().map(({ name, split }) => [name, split]));
  };
  expect(await splitsOf({})).toEqual({ s1: "train", s2: "val", p07: "test", s4: null });
  expect(await splitsOf({ fold: 1 })).toEqual({ s1: "val", s2: "train", p07: "test", s4: null });
  expect(await splitsOf({ split: "unlabelled" })).toEqual({
    s1: "unlabelled",
    s2: "unlabelled",
    p07: "unlabelled",
    s4: "unlabelled",
  });
  await expect(splitsOf({ fold: 2 })).rejects.toMatchObject({ title: "dataset.json: there is no fold 2." });
});

it("version 1, as the Medical Segmentation Decathlon writes it: names by value, images without channel numbers", async () => {
  const json = { modality: { "0": "MRI" }, labels: { "0": "background", "2": "organ", "1": "lesion" }, numTraining: 1 };
  const volume = (values: Uint8Array) => writeNifti({ size: [4, 3, 1], datatype: 2, values: [...values] });
  const items = [
    at("dataset.json", JSON.stringify(json)),
    at("imagesTr/case_0007.nii", volume(new Uint8Array(12).map((_, index) => index))),
    at("labelsTr/case_0007.nii", volume(labels)),
    at("imagesTs/case_0008.nii", volume(new Uint8Array(12).map((_, index) => 3 * index))),
  ];
  const project = projectWith("organ");
  const report = await importInto(project, pool(), { items, addClasses: true });
  expect(report).toMatchObject({ imported: 2, masks: 1, refused: [] });
  // The project's organ is 1, the added lesion 2.
  const [first, second] = project.images.frames();
  expect([first!.caseName, second!.caseName, second!.split]).toEqual(["case_0007", "case_0008", "test"]);
  const drawn = Object.values(mapsOf(project))[0]!;
  expect(drawn.filter((value) => value === 1)).toHaveLength(2);
  expect(drawn.filter((value) => value === 2)).toHaveLength(2);
});

it("labels may be TIFF or NRRD", async () => {
  const nrrd = Buffer.concat([
    Buffer.from("NRRD0004\ntype: uint8\ndimension: 2\nsizes: 4 3\nencoding: raw\n\n"),
    labels,
  ]);
  const gray = Uint8Array.from({ length: 12 }, (_, index) => 20 * index);
  const tiff = (data: Uint8Array) => writeTiff([{ ...size, data }]);
  for (const [ending, image, label] of [
    [".tif", tiff(gray), tiff(labels)],
    [".nrrd", Buffer.concat([nrrd.subarray(0, nrrd.length - 12), gray]), nrrd],
  ] as const) {
    const items = [
      description({ file_ending: ending, channel_names: { "0": "T1" } }),
      at(`imagesTr/s1_0000${ending}`, image),
      at(`labelsTr/s1${ending}`, label),
    ];
    const project = projectWith("lesion", "organ");
    expect(await importInto(project, pool(), { items })).toMatchObject({ imported: 1, masks: 1, refused: [] });
    expect(Object.values(mapsOf(project))).toEqual([[...labels]]);
  }
});

it("regions, doubled values and foreign JSON are refused by name", async () => {
  for (const [change, message] of [
    [{ labels: { background: 0, whole: [1, 2], core: 2 } }, "region of the values 1, 2"],
    [{ labels: { background: 0, a: 1, b: 1 } }, "Two of its labels have the value 1"],
    [{ channel_names: ["T1"] }, "channel_names"],
    [{ labels: { background: 0, a: 300 } }, "labels"],
  ] as const) {
    const report = await importInto(projectWith("lesion"), pool(), { items: [description(change)] });
    expect(report.refused[0]?.problem.detail).toContain(message);
  }
});
