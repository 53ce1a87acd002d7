/**
 * @file Import of a folder of 20 000 small files by the running app: how fast, and how much memory its processes hold, from early on
 * to the end. Linux, where /proc tells.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportState } from "../../../src-main/api/contract.ts";
import { ownRow, type Row } from "../rows.ts";
import { serveApp, timeImport } from "./served-app.ts";
import { writeSmallFiles } from "./written-images.ts";

const COUNT = 20_000;
/** From here on the processes are warm: growth is counted from the most they held before. */
const EARLY = 2000;
const LOOK_MS = 200;

export async function benchFolder(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-folder-"));
  const home = await mkdtemp(join(tmpdir(), "aliquot-bench-home-"));
  const app = await serveApp(home);
  const peak = { main: 0, tree: 0, treeEarly: 0 };
  let done = 0;
  let look: NodeJS.Timeout | undefined;
  try {
    await writeSmallFiles(folder, COUNT);
    await app.post("/project/create", { path: join(home, "folder.aliquot"), classes: ["structure"] });
    await app.listen(({ type, data }) => {
      if (type === "import") done = (data as ImportState).done;
    });
    look = setInterval(() => {
      const { main, tree } = app.resident();
      peak.main = Math.max(peak.main, main);
      peak.tree = Math.max(peak.tree, tree);
      if (done <= EARLY) peak.treeEarly = Math.max(peak.treeEarly, tree);
    }, LOOK_MS);
    const { whole, state } = await timeImport(app, folder);
    if (state.imported !== COUNT) throw new Error(`bench: ${state.imported} of ${COUNT} files came in.`);
    const row = (unit: string, ours: number): Row =>
      ownRow("images", { workload: `import of a folder of ${COUNT} files 64², PNG and DICOM`, unit, ours, runs: 1 });
    return [
      row("files/s", COUNT / whole),
      row("MB, peak of all processes together", peak.tree / 1e6),
      row("MB, peak of the main process", peak.main / 1e6),
      row(`MB, growth of the peak after file ${EARLY}`, (peak.tree - peak.treeEarly) / 1e6),
    ];
  } finally {
    clearInterval(look);
    await app.stop();
    await Promise.all([folder, home].map((each) => rm(each, { recursive: true })));
  }
}
