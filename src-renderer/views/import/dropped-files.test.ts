import { expect, it } from "vitest";
import { diskRoots, mayBeVolume, sortByRole } from "./dropped-files.ts";

const pathsOf = (files: { path: string }[]) => files.map(({ path }) => path);

it("files below a folder of masks are masks, tables are labels, hidden files are neither", () => {
  const paths = [
    "set/images/a.png",
    "set/masks/a.png",
    "Labels/b.png",
    "set/.DS_Store",
    "masked.png",
    "set/labels.csv",
  ];
  const { images, masks, labels } = sortByRole(paths.map((path) => ({ path })));
  expect(pathsOf(images)).toEqual(["set/images/a.png", "masked.png"]);
  expect(pathsOf(masks)).toEqual(["set/masks/a.png", "Labels/b.png"]);
  expect(pathsOf(labels)).toEqual(["set/labels.csv"]);
});

it("what was chosen is found again on the disk, folders as such", () => {
  const on = (root: string, path: string) => ({ path, diskPath: `${root}${path}` });
  const files = [on("/home/x/", "set/a.png"), on("/home/x/", "set/b/c.png"), on("/mnt/", "d.dcm")];
  expect(diskRoots(files, "images")).toEqual(["/home/x/set", "/mnt/d.dcm"]);
  expect(diskRoots([on("/home/x/", "set/masks/a.png")], "masks")).toEqual(["/home/x/set/masks"]);
  expect(diskRoots([{ path: "set/a.png", diskPath: "C:\\data\\set\\a.png" }], "images")).toEqual(["C:\\data\\set"]);
  expect(diskRoots([{ path: "a.png", diskPath: null }], "images")).toBeNull();
});

it("volumes are known by their endings", () => {
  expect(["a.nii.gz", "b/c.NRRD", "d.png"].map((path) => mayBeVolume({ path }))).toEqual([true, true, false]);
});
