/** @file Synthetic pairs by the command line: so many of each grade, which people or a grader said of the images of the masks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SynthesisDetail } from "../../src-main/api/contract.ts";
import { drawDisc, grayPng, temporaryFolder } from "../api/fixture.ts";
import { commandLine, succeeding } from "./ball-project.ts";

const SIDE = 32;

/** Two early and four late discs with masks; one more to validate on. */
async function writeGraded(folder: string): Promise<void> {
  for (const name of ["images", "masks", "more", "more-masks"]) mkdirSync(join(folder, name));
  const lines = ["image,stage:grade(none<early<late)"];
  for (let at = 0; at < 7; at++) {
    const isEarly = at < 2;
    const disc = drawDisc(SIDE, 14 + at, 15, isEarly ? 5 : 9);
    const pixels = disc.map((inside, pixel) => (inside ? 200 : 40) + ((pixel * 7 + at) % 13));
    const [images, masks] = at < 6 ? ["images", "masks"] : ["more", "more-masks"];
    writeFileSync(join(folder, images, `p${at}.png`), await grayPng(pixels));
    writeFileSync(join(folder, masks, `p${at}.png`), await grayPng(disc.map((inside) => (inside ? 255 : 0))));
    lines.push(`p${at}.png,${isEarly ? "early" : "late"}`);
  }
  writeFileSync(join(folder, "labels.csv"), lines.join("\n"));
}

test("pairs are made of masks of each grade, as many as are asked for", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  const succeed = succeeding(aliquot);
  await writeGraded(folder);
  await succeed("new", "study.aliquot", "--classes", "lesion");
  const files = ["images", "--masks", "masks", "--labels", "labels.csv"];
  await succeed("import", "study.aliquot", ...files, "--patient-from", "^(p[0-9]+)", "--split", "train");
  await succeed("import", "study.aliquot", "more", "--masks", "more-masks", "--split", "val");
  const small = ["size=32", "generatorWidth=4", "generatorWidest=8", "discriminatorWidth=4", "batchSize=2"];
  const settings = small.flatMap((setting) => ["--set", setting]);
  await succeed("train", "study.aliquot", "--method", "pix2pix", "--steps", "4", ...settings);

  const paint = ["synthesise", "study.aliquot", "--judge", "none"];
  const made = JSON.parse(await succeed(...paint, "--per-grade", "stage=early:3,late:1", "--json")) as SynthesisDetail;
  const grades = made.pairs.map(({ origin }) => origin.grade?.grade);
  expect(grades.toSorted()).toEqual(["early", "early", "early", "late"]);
  for (const { origin } of made.pairs) expect(origin.grade).toMatchObject({ name: "stage", isPredicted: false });
  // Masks of early discs are made of early discs alone.
  const sources = (grade: string) =>
    made.pairs.filter(({ origin }) => origin.grade!.grade === grade).flatMap(({ origin }) => origin.parents);
  const late = new Set(sources("late").map(({ frameId }) => frameId));
  for (const { frameId } of sources("early")) expect(late.has(frameId)).toBe(false);

  const inWords = await succeed(...paint, "--count", "2", "--per-grade", "stage=late:1");
  expect(inWords).toContain("2 pairs");
  const refused = async (quota: string): Promise<string> => {
    const { exitCode, stderr } = await aliquot(...paint, "--per-grade", quota);
    expect(exitCode, quota).toBe(1);
    return stderr;
  };
  expect(await refused("stage=none:1")).toContain("No source mask is of an image with the stage none.");
  expect((await aliquot(...paint, "--per-grade", "stage")).exitCode).toBe(2);
});
