import { expect, it } from "vitest";
import { bundleName, commandThere, joinPath } from "./bundle-path.ts";

it("a bundle is named after project and run, on every file system", () => {
  expect(bundleName("Heart", 3)).toBe("Heart run 3.aliquot-run");
  expect(bundleName("a/b: c?", 3)).toBe("a b c run 3.aliquot-run");
  expect(bundleName("  ", 3)).toBe("project run 3.aliquot-run");
});

it("folder and name are joined as the system does", () => {
  expect(joinPath("/home/a/", " b.aliquot-run ")).toBe("/home/a/b.aliquot-run");
  expect(joinPath("/", "b")).toBe("/b");
  expect(joinPath("C:\\Users\\a", "b")).toBe("C:\\Users\\a\\b");
});

it("on another computer only the name is known", () => {
  expect(["/home/a/b run.aliquot-run", "C:\\Users\\b run.aliquot-run", "b run.aliquot-run"].map(commandThere)).toEqual(
    new Array(3).fill('aliquot run "b run.aliquot-run"'),
  );
});
