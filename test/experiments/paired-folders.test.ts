/** @file Real pairs in folders: which images are learned from and which judge when a patient is left out. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPairedFolders } from "./paired-folders.ts";

const brains = join(import.meta.dirname, "../fixtures/brain");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "paired-folders-"));
  for (const modality of ["T1", "T2"]) {
    mkdirSync(join(folder, modality));
    for (const stem of ["patient07_z060", "patient19_z070"]) {
      copyFileSync(join(brains, `${stem}_${modality.toLowerCase()}.png`), join(folder, modality, `${stem}.png`));
    }
  }
  // Without counterpart: no pair.
  copyFileSync(join(brains, "patient07_z060_t1.png"), join(folder, "T1", "patient07_z099.png"));
});

afterAll(() => rmSync(folder, { recursive: true }));

it("pairs images of one name, and keeps the patient who judges out of what is learned from", async () => {
  const { patients, without } = openPairedFolders(folder, { from: "T1", to: "T2" });
  expect(patients).toEqual(["patient07", "patient19"]);
  const { frames, frame } = without("patient19");
  expect(frames.map(({ role, modality }) => [role, modality!.side, modality!.counterpart ?? null])).toEqual([
    ["train", "source", 2],
    ["train", "target", null],
    ["validate", "source", 4],
    ["validate", "target", null],
  ]);
  expect(new Set(frames.map(({ caseId }) => caseId)).size).toBe(2);
  expect(await frame(4)).toMatchObject({ width: 182, height: 218 });
  expect(await frame(4)).not.toEqual(await frame(3));
});

it("says what is missing", () => {
  rmSync(join(folder, "T2", "patient19_z070.png"));
  expect(() => openPairedFolders(folder, { from: "T1", to: "T2" })).toThrow(/at least two patients.*got 1 pairs of 1/);
});
