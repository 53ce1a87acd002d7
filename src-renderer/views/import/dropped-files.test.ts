import { expect, it } from "vitest";
import { sortByRole } from "./dropped-files.ts";

it("files below a folder of masks are masks; hidden files are neither", () => {
  const paths = ["set/images/a.png", "set/masks/a.png", "Labels/b.png", "set/.DS_Store", "masked.png"];
  const { images, masks } = sortByRole(paths.map((path) => ({ path })));
  expect(images.map(({ path }) => path)).toEqual(["set/images/a.png", "masked.png"]);
  expect(masks.map(({ path }) => path)).toEqual(["set/masks/a.png", "Labels/b.png"]);
});
