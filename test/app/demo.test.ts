/** @file The demo's way from images to report, on a demo folder of twelve small images. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { CommandContext } from "../../src-main/app/command-context.ts";
import { runDemo } from "../../src-main/app/demo.ts";
import { installationOf } from "../../src-main/app/installation.ts";
import { Terminal } from "../../src-main/app/terminal.ts";
import { openSession, root, temporaryFolder, writeImages } from "../api/fixture.ts";

/** Patients 1 and 2 train, 3 chooses, 4 and 5 test, 6 is unlabelled; every image but those of patient 6 has a mask. */
async function writeDemo(): Promise<string> {
  const folder = join(temporaryFolder(), "demo");
  mkdirSync(folder);
  await writeImages(folder, 6);
  const stems = (...patients: number[]) => patients.flatMap((patient) => [`p${patient}_0`, `p${patient}_1`]);
  const demo = {
    name: "Discs & <more>",
    classes: ["disc"],
    patient: { kind: "pattern", pattern: "^(p[0-9]+)_" },
    seed: 3,
    train: { method: "segment", settings: { size: 64, width: 4, depth: 2, batchSize: 2, steps: 4, validateEvery: 2 } },
    splits: { train: stems(1, 2), val: stems(3), test: stems(4, 5), unlabelled: stems(6) },
  };
  writeFileSync(join(folder, "demo.json"), JSON.stringify(demo));
  writeFileSync(join(folder, "LICENSE.md"), "# Discs\n\n- **Licence:** CC0 1.0\n");
  return folder;
}

test("it trains, judges on the test split, and leaves a report that needs nothing else", async () => {
  const demoFolder = await writeDemo();
  const { session, client, folder } = openSession({ demoFolder });
  const installation = { ...installationOf(`file://${root}/src-main/app/cli.ts`), demoFolder };
  const context = new CommandContext(session, new Terminal(), new AbortController().signal);
  const dir = join(folder, "out");
  const outcome = await runDemo(context, installation, dir, { device: "cpu" });
  expect(outcome.evaluation).toMatchObject({ split: "test", frames: 4, cases: 2 });
  expect(outcome.testDice).toBe(outcome.evaluation.mean[0]!.dice);
  const exported = readdirSync(join(dir, "masks"));
  expect(exported.filter((name) => name.endsWith(".png"))).toHaveLength(10);
  expect(exported).toContain("README.md"); // the dataset card
  expect(readdirSync(join(dir, "onnx"))).toHaveLength(1);
  expect(readdirSync(join(dir, "csv"))).toHaveLength(1);

  const html = readFileSync(outcome.report, "utf8");
  expect(html).toContain("Discs &#38; &#60;more&#62;");
  expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(3 * 4);
  expect(html).not.toMatch(/(src|href)="(?!data:)/);
  for (const words of ["<svg", "Licence: CC0 1.0", "Figures by case", "<td>p4</td>", "<td>Seed</td><td>3</td>"]) {
    expect(html).toContain(words);
  }
  // The ground truth of the test images is as it was, and only unlabelled images wait for review.
  const frames = await read(client.frames.$get());
  expect(frames.filter(({ split }) => split === "test").map(({ annotation }) => annotation)).toEqual(
    Array(4).fill("imported"),
  );
  expect(frames.filter(({ proposal }) => proposal?.state === "pending").map(({ split }) => split)).toEqual([
    "unlabelled",
    "unlabelled",
  ]);
  await expect(runDemo(context, installation, dir, { device: "cpu" })).rejects.toMatchObject({
    code: "project-exists",
  });
});
