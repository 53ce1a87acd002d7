/**
 * @file Import of a series of 500 slices by the running app: when the first slice can be seen, and how many slices a second. Beside it
 * pydicom, which reads and decodes the same files and does nothing else.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Row, machineName, median } from "../rows.ts";
import { serveApp, timeImport } from "./served-app.ts";
import { compressSeries, writeSeries, writeVolume } from "./written-images.ts";

const COUNT = 500;
const RUNS = 3;
const run = promisify(execFile);

const PYDICOM = `
import sys, time, pathlib, pydicom
files = sorted(pathlib.Path(sys.argv[1]).iterdir())
start = time.perf_counter()
for index, file in enumerate(files):
    pydicom.dcmread(file).pixel_array
    if index == 0: first = time.perf_counter() - start
print(first, time.perf_counter() - start)
`;

interface PeerTime {
  firstFrame: number;
  whole: number;
}

/** null where pydicom is not installed. */
async function timePydicom(folder: string): Promise<PeerTime | null> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const { stdout } = await run(python, ["-c", PYDICOM, folder]);
      const [firstFrame, whole] = stdout.trim().split(" ").map(Number);
      return { firstFrame: firstFrame!, whole: whole! };
    } catch {
      continue; // another Python may have it
    }
  }
  return null;
}

async function timeRuns(workload: string, folder: string, hasPeer: boolean): Promise<Row[]> {
  const ours: { firstFrame: number; whole: number }[] = [];
  const peers: PeerTime[] = [];
  for (let round = 0; round < RUNS; round++) {
    const home = await mkdtemp(join(tmpdir(), "aliquot-bench-home-"));
    const app = await serveApp(home);
    try {
      await app.post("/project/create", { path: join(home, "series.aliquot"), classes: ["structure"] });
      const { firstFrame, whole, state } = await timeImport(app, folder);
      if (state.frames !== COUNT) throw new Error(`bench: ${state.frames} of ${COUNT} frames came in.`);
      ours.push({ firstFrame: firstFrame!, whole });
    } finally {
      await app.stop();
      await rm(home, { recursive: true });
    }
    const peer = hasPeer ? await timePydicom(folder) : null;
    if (peer !== null) peers.push(peer);
  }
  const row = (unit: string, figure: (time: PeerTime) => number): Row => {
    const own = ours.map(figure);
    const other = peers.map(figure);
    const ratios = other.map((value, index) => own[index]! / value);
    return {
      suite: "images",
      workload,
      unit,
      ours: median(own),
      peer: other.length > 0 ? median(other) : null,
      peerName: hasPeer ? "pydicom, reading and decoding alone" : "",
      ratio: other.length > 0 ? median(ratios) : null,
      runs: RUNS,
      machine: machineName(),
    };
  };
  return [row("slices/s", ({ whole }) => COUNT / whole), row("s to the first slice", ({ firstFrame }) => firstFrame)];
}

export async function benchSeries(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-series-"));
  try {
    const [plain, lossless, volume] = ["plain", "lossless", "volume"].map((name) => join(folder, name));
    await writeSeries(plain!, COUNT);
    const rows = await timeRuns(`import of a series of ${COUNT} slices 512², uncompressed`, plain!, true);
    if (await compressSeries(plain!, lossless!)) {
      rows.push(...(await timeRuns(`import of a series of ${COUNT} slices 512², JPEG Lossless`, lossless!, true)));
    } else console.error("bench: no dcmcjpeg (Debian: dcmtk), so no series of JPEG Lossless.");
    await writeVolume(volume!, COUNT, 256);
    rows.push(...(await timeRuns(`import of one NIfTI volume of ${COUNT} slices 256²`, volume!, false)));
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}
