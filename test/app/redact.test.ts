/** @file `aliquot redact` as a person runs it: told, suggested, looked at. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BurnedInDetail, ProjectSummary, RedactionReport } from "../../src-main/api/contract.ts";
import { root, temporaryFolder } from "../api/fixture.ts";
import { drawText } from "../imaging/drawn-text.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";

test("what is suggested is redacted in the whole series; the warning stays until a person has looked", async () => {
  const folder = temporaryFolder();
  const aliquot = (...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, ALIQUOT_HOME: join(folder, "home"), TMPDIR: folder };
      const child = execFile(
        process.execPath,
        [join(root, "src-main/app/cli.ts"), ...args],
        { cwd: folder, env },
        (_, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  const json = async <Answer>(...args: string[]): Promise<Answer> =>
    JSON.parse((await aliquot(...args, "--json")).stdout) as Answer;
  const size = { width: 200, height: 120 };
  mkdirSync(join(folder, "images"));
  for (const number of [1, 2]) {
    const samples = Uint8Array.from({ length: size.width * size.height }, (_, place) => (place * 7919 + number) % 40);
    drawText(samples, size, "JANE DOE", { x: 12, y: 10 }, 2, 250);
    writeFileSync(join(folder, "images", `p1_${number}.png`), writeSamplesPng(samples, size));
  }
  await aliquot("new", "a.aliquot", "--classes", "lesion");
  await aliquot("import", "a.aliquot", "images");
  const counts = async () => (await json<ProjectSummary>("info", "a.aliquot")).counts.burnedIn;
  expect(await counts()).toMatchObject({ likely: 2, clean: 0, redacted: 0 });
  const known = await json<BurnedInDetail>("redact", "a.aliquot", "--frame", "1");
  expect(known).toMatchObject({ state: "likely", regions: [{}], frames: { image: 1, series: 2 } });

  const redacted = await json<RedactionReport>(
    ...["redact", "a.aliquot", "--frame", "1", "--suggested", "--series", "--fill", "local"],
  );
  expect(redacted).toMatchObject({ redacted: 2, refused: [], cancelled: false });
  // Nothing is found any more, and no header says otherwise.
  expect(await counts()).toMatchObject({ likely: 0, redacted: 2 });
  const nothing = await aliquot("redact", "a.aliquot", "--frame", "1", "--suggested");
  expect(nothing).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("nothing looks like writing") as string,
  });
  expect((await aliquot("redact", "a.aliquot", "--frame", "2", "--no-writing")).exitCode).toBe(0);
  expect(await json<BurnedInDetail>("redact", "a.aliquot", "--frame", "2")).toMatchObject({
    state: "redacted",
    redactedRectangles: 1,
    reviewedAt: expect.any(String) as string,
  });
});
