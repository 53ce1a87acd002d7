import { expect, it } from "vitest";
import type { ImportOutcome } from "../../api/contract.ts";
import { reportCsv, reportText } from "./report-text.ts";

const nothing: ImportOutcome = {
  dryRun: false,
  state: "done",
  done: 0,
  total: 0,
  secondsLeft: null,
  imported: 0,
  frames: 0,
  patients: 0,
  series: 0,
  formats: {},
  masks: 0,
  duplicates: 0,
  refused: [],
  refusedCount: 0,
  unmatchedMasks: [],
  labels: 0,
  newClasses: { made: [], missing: [] },
  matches: [],
  deidentification: null,
  burnedIn: { count: 0, images: [] },
  problem: null,
};

it("an empty folder is told in words", () => {
  expect(reportText(nothing)).toContain("There are no files in what was chosen.");
  expect(reportText({ ...nothing, state: "cancelled" })).not.toContain("There are no files");
});

it("a reason that files share stands once, and no file is named twice in its line", () => {
  const refuse = (file: string, detail: string) => ({
    file,
    problem: { code: "corrupt-file" as const, title: `${file.split("/").at(-1)!}: the file is damaged.`, detail },
  });
  const outcome = {
    ...nothing,
    refused: [refuse("a/1.png", "Cut off."), refuse("a/2.png", "Cut off."), refuse("3.png", "Empty.")],
  };
  expect(reportText(outcome)).toContain(
    [
      "3 files refused.",
      "",
      "Refused (3):",
      "  2 files: the file is damaged. Cut off.",
      "    a/1.png",
      "    a/2.png",
      "  3.png: the file is damaged. Empty.",
    ].join("\n"),
  );
  expect(reportCsv(outcome)).toContain("refused,a/1.png,,the file is damaged. Cut off.");
  expect(reportText({ ...nothing, refused: [refuse("3.png", "")] })).toContain("; 1 file refused.");
});
