import { expect, it } from "vitest";
import { partsOf, patientOf, sharedFolders, stemWithoutMaskSuffix } from "./file-names.ts";

it.each([
  ["p01_003.png", "p01"],
  ["study-a_sl12.png", "study-a"],
  ["p01-0007.dcm", "p01"],
  ["p01_left.png", "p01_left"],
  ["IMG0001.png", "IMG0001"],
  ["_12.png", "_12"],
  ["p01/003.png", "p01"],
  ["p01/liver.png", "liver"],
  ["003.png", "003"],
  ["no ending", "no ending"],
])("auto: %s belongs to %s", (name, patient) => {
  expect(patientOf({ kind: "auto" })(name)).toBe(patient);
});

it("a folder that all files share is no patient", () => {
  const names = ["images/001.png", "images/002.png"];
  expect(sharedFolders(names)).toBe(1);
  expect(names.map(patientOf({ kind: "auto" }, 1))).toEqual(["001", "002"]);
  expect(sharedFolders(["a/b/1.png", "a/c/1.png"])).toBe(1);
  expect(sharedFolders([])).toBe(0);
});

it("by file: every file is a patient", () => {
  expect(patientOf({ kind: "file" })("x/p01_003.png")).toBe("p01_003");
});

it("names are no paths", () => {
  expect(partsOf("../..\\etc/./p.v2.tar.png")).toEqual({
    folders: ["etc"],
    fileName: "p.v2.tar.png",
    stem: "p.v2.tar",
  });
  expect(partsOf(".png").stem).toBe(".png");
  expect(partsOf("").fileName).toBe("file");
});

it.each([
  ["a_mask", "a"],
  ["a-Mask", "a"],
  ["a_1_seg", "a_1"],
  ["a_label", "a"],
  ["mask", null],
  ["a_masked", null],
])("the ending of %s leaves %s", (stem, bare) => {
  expect(stemWithoutMaskSuffix(stem)).toBe(bare);
});
