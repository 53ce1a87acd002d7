import { describe, expect, it } from "vitest";
import { parseClassNames, projectPath } from "./project-naming.ts";

describe("naming a project", () => {
  it("takes class names from a list with commas, each once", () => {
    expect(parseClassNames(" polyp, instrument,,polyp , ")).toEqual(["polyp", "instrument"]);
    expect(parseClassNames("")).toEqual([]);
  });

  it("joins with the folder's own separator", () => {
    expect(projectPath("/data/projects/", "Polyps 2026")).toBe("/data/projects/Polyps 2026.aliquot");
    expect(projectPath("C:\\Data", "a")).toBe("C:\\Data\\a.aliquot");
  });

  it("keeps characters out that file systems refuse", () => {
    expect(projectPath("/data", " a/b:c ")).toBe("/data/a-b-c.aliquot");
  });
});
