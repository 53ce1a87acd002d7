/** @file Tables of image-level labels as spreadsheets of many countries write them; what contradicts itself is refused. */
import { expect, it } from "vitest";
import type { Project } from "../../src-main/project/index.ts";
import { labelColumnTitle } from "../../src-main/interchange/label-column.ts";
import { grayPng, importInto, memoryFile, poolOfFile, projectWith } from "./fixture.ts";

const pool = poolOfFile();

async function labelled(...lines: string[]) {
  const project = projectWith("lesion");
  const items = await Promise.all(
    [0, 1, 2].map(async (index) => memoryFile(`p${index}.png`, await grayPng(index, { width: 3, height: 2 }))),
  );
  const report = await importInto(project, pool(), { items, labels: [memoryFile("t.csv", lines.join("\r\n"))] });
  return { project, report, refused: report.refused[0]?.problem.detail };
}

const values = (project: Project) => project.labels.list().map(({ imageId, name, value }) => [imageId, name, value]);

it("byte order mark, semicolons, decimal commas, quoted separators", async () => {
  const { project, report } = await labelled("\uFEFFimage;finding;size", 'p0.png;"a; ""b""";1,5', "P1;c;20", "");
  expect(report.refused).toEqual([]);
  expect(values(project)).toEqual([
    [1, "finding", 'a; "b"'],
    [1, "size", 1.5],
    [2, "finding", "c"],
    [2, "size", 20],
  ]);
  expect(report.matches[0]!.notes).toEqual([
    "labels: finding (class), size (number)",
    'new label "finding", a class per image: a; "b", c',
    'new label "size", a number per image',
    "no row for 1 images of the project",
  ]);
});

it("grades are numbers or classes, as the column says", async () => {
  const { project } = await labelled("image,grade,stage:class,side", "p0,2,1,left", "p1,3,2,right");
  expect(values(project)).toEqual([
    [1, "grade", 2],
    [1, "side", "left"],
    [1, "stage", "1"],
    [2, "grade", 3],
    [2, "side", "right"],
    [2, "stage", "2"],
  ]);
});

it("points and commas in one column, hexadecimal and infinite numbers are no numbers", async () => {
  for (const odd of ["1.5", "0x10", "Infinity", "1,234.5"]) {
    const { refused } = await labelled("image;size:number", "p0;1,5", `p1;${odd}`);
    expect(refused).toMatch(/The column "size:number" holds (something else|both)/);
  }
});

it("an image that is named twice must be told the same; columns have names of their own", async () => {
  expect((await labelled("image,grade", "p0,1", "p0.png,1")).report).toMatchObject({ labels: 1, refused: [] });
  expect((await labelled("image,grade", "p0,1", "p0.png,2")).refused).toBe(
    'Row 3 says something else of "grade" than an earlier row of the same image.',
  );
  expect((await labelled("image,grade,grade", "p0,1,2")).refused).toBe('Two of its columns are named "grade".');
});

it("rows without an image are listed", async () => {
  const rows = Array.from({ length: 25 }, (_, index) => `x${index},1`);
  const { report } = await labelled("image,grade", "p0,1", "p1,1", "p2,1", ...rows);
  expect(report.matches[0]!.notes[2]).toMatch(/^no image for 25 rows: x0, x1, .*x19 and 5 more$/);
});

it("a label that the project defines keeps its rules, and a table against them is refused whole", async () => {
  const project = projectWith("lesion");
  const grade = project.labelDefinitions.add({ name: "Severity", kind: "grade", options: ["mild", "severe"] });
  const size = project.labelDefinitions.add({ name: "size", kind: "number", unit: "mm", minimum: 0, maximum: 30 });
  const items = [memoryFile("p0.png", await grayPng(0, { width: 3, height: 2 }))];
  const table = (...lines: string[]) =>
    importInto(project, pool(), { items, labels: [memoryFile("t.csv", lines.join("\n"))] });
  expect((await table("image,severity,size", "p0,worse,12")).refused[0]!.problem.title).toContain("none of its grades");
  expect((await table("image,severity,size", "p0,mild,31")).refused[0]!.problem.title).toContain("out of range");
  expect(project.labels.list()).toEqual([]);
  expect((await table("image,severity,size", "p0,mild,12")).labels).toBe(2);
  expect(project.labelDefinitions.list()).toEqual([grade, size]);
});

it("a table of patients labels patients, and is undone as one", async () => {
  const { project, report } = await labelled(
    "patient,stage:grade(I<II%3C<III),age:number(y;0;120)",
    "p0,II<,61",
    "p1,I,70",
  );
  expect(report.refused).toEqual([]);
  expect(report.matches[0]!.notes).toContain('new label "stage", a grade per patient: I < II< < III');
  expect(report.matches[0]!.notes).toContain('new label "age", a number(y;0;120) per patient');
  expect(values(project)).toHaveLength(4);
  expect(project.labels.undo()).toMatchObject({ changed: 4, canUndo: false, canRedo: true });
  expect(values(project)).toEqual([]);
});

it("a title names thresholds behind the grades, and a label with them is written so", async () => {
  const { project, report } = await labelled("image,dr:grade(0<1<2<II%3B3;2;II%3B3)", "p0,1", 'p1,"II;3"');
  expect(report.refused).toEqual([]);
  expect(report.matches[0]!.notes).toContain(
    'new label "dr", a grade per image: 0 < 1 < 2 < II;3, threshold 2, II;3 or higher',
  );
  const [definition] = project.labelDefinitions.list();
  expect(definition).toMatchObject({ options: ["0", "1", "2", "II;3"], thresholds: ["2", "II;3"] });
  expect(labelColumnTitle(definition!)).toBe("dr:grade(0<1<2<II%3B3;2;II%3B3)");
});

it("a label that is there keeps its thresholds, and it is said", async () => {
  const { project } = await labelled("image,dr:grade(0<1<2;1)", "p0,1");
  const again = async (title: string) => {
    const labels = [memoryFile("again.csv", `image,${title}\r\np1,2`)];
    return (await importInto(project, pool(), { items: [], labels })).matches[0]!.notes.join();
  };
  expect(await again("dr:grade(0<1<2;2)")).toContain("dr is there already and keeps its thresholds (1)");
  expect(await again("dr:grade(0<1<2;1)")).not.toContain("thresholds");
  expect(project.labelDefinitions.list()).toMatchObject([{ thresholds: ["1"] }]);
});

it("semicolons in the brackets of a title separate no columns", async () => {
  const { project, report } = await labelled("image,size:number(mm;0;30)", "p0,12.5", "p1,3");
  expect(report.refused).toEqual([]);
  expect(project.labelDefinitions.list()).toMatchObject([{ name: "size", unit: "mm", minimum: 0, maximum: 30 }]);
});
