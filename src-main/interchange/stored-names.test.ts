/** @file Which file names are kept, and what the others become. */
import { expect, it } from "vitest";
import { partsOf } from "./file-names.ts";
import { isTechnicalName, storedNames } from "./stored-names.ts";

it.each([
  "p01_001",
  "IM0001",
  "slice-12",
  "case_7_t1w",
  "SC-HF-I-01_0040",
  "0b2e702f90ae",
  "patient3.frame2",
  "img 12b",
])("keeps %s", (name) => expect(isTechnicalName(name)).toBe(true));

it.each([
  "Doe_Jane_001",
  "JaneDoe",
  "smith",
  "12345678",
  "1947-07-13",
  "13.7.47_ct",
  "IMG_20240513_142312",
  "1.2.840.113619.2.55.3.2831",
  "müller_1",
  "p01_Jane",
  "",
])("does not keep %s", (name) => expect(isTechnicalName(name)).toBe(false));

it("gives one pseudonym per name and project, and no ending that may be a name", () => {
  const names = storedNames(Uint8Array.of(1));
  const stored = names.fileName("Doe^Jane.dcm");
  expect(stored).toMatch(/^image-[0-9a-f]{12}\.dcm$/);
  expect(names.stem("Doe^Jane")).toBe(stored.slice(0, -4));
  expect(names.stem(partsOf(stored).stem)).toBe(partsOf(stored).stem);
  expect(storedNames(Uint8Array.of(2)).fileName("Doe^Jane.dcm")).not.toBe(stored);
  expect(names.fileName("scan.Smith")).not.toContain("Smith");
  expect(names.caseName("Doe")).toMatch(/^patient-/);
});
