/**
 * @file Decoding of DICOM files by transfer syntax, beside pydicom with its plug-ins and beside dcmtk: same files, rounds in turns.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Row, machineName, median } from "../rows.ts";
import { type Contestant, pythonWithPydicom, runDcmtk, startOurs, startPydicom } from "./decode-contestants.ts";
import { writeCorpus, writeSlices } from "./decode-corpus.ts";
import { decodeWorkloads, type DecodeWorkload, kinds } from "./decode-workloads.ts";

const FRAMES = 12;

export interface DecodeBenchOptions {
  /** Which workloads, by name; default all. */
  only?: RegExp;
  /** Rounds of each workload; default 5. */
  rounds?: number;
}

/** Rows of all chosen workloads, MB of decoded pixels (10^6 bytes) per second; `ratio` is ours / the peer's: above 1 we are faster. */
export async function benchDecoding({ only, rounds = 5 }: DecodeBenchOptions = {}): Promise<Row[]> {
  const chosen = decodeWorkloads.filter(({ name }) => only?.test(name) ?? true);
  const python = pythonWithPydicom();
  if (chosen.length > 0 && python === null) {
    const packages = "python3-pydicom python3-gdcm python3-pil dcmtk libgdcm-tools";
    console.error(`bench: decoding is left out: its files are written by Debian's packages ${packages}.`);
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-decode-"));
  const rows: Row[] = [];
  try {
    if (chosen.length > 0) writeSlices(python!, folder, FRAMES);
    for (const workload of chosen) rows.push(...(await benchWorkload(python!, folder, workload, rounds)));
  } finally {
    await rm(folder, { recursive: true });
  }
  return rows;
}

async function benchWorkload(python: string, folder: string, workload: DecodeWorkload, rounds: number): Promise<Row[]> {
  const { syntax, kind, dcmtk } = workload;
  const place = await writeCorpus(python, folder, workload);
  if (place === null) return [];
  const ours = await startOurs(place);
  const pydicom = await startPydicom(python, place);
  const rows: Row[] = [];
  const row = (what: string, peerName: string, times: { ours: number; peer: number | null }[]): Row => {
    const rate = (values: number[]): number => (FRAMES * kinds[kind].bytesPerFrame) / 1e3 / median(values);
    const paired = times.filter((turn): turn is { ours: number; peer: number } => turn.peer !== null);
    return {
      suite: "images",
      workload: `${syntax}, ${kinds[kind].title}, 512²${what}`,
      unit: "MB/s",
      ours: rate(times.map((turn) => turn.ours)),
      peer: paired.length === 0 ? null : rate(paired.map(({ peer }) => peer)),
      peerName,
      ratio: paired.length === 0 ? null : median(paired.map((turn) => turn.peer / turn.ours)),
      runs: times.length,
      machine: machineName(),
    };
  };
  if ("reason" in pydicom) console.error(`bench: ${workload.name} without pydicom: ${pydicom.reason}`);
  else requireSamePixels(workload, ours, pydicom);
  const times: { ours: number; peer: number | null }[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push({
      ours: await ours.round("files"),
      peer: "reason" in pydicom ? null : await pydicom.round("files"),
    });
  }
  rows.push(row("", "reason" in pydicom ? "" : pydicom.name, times));
  if (!("reason" in pydicom)) await pydicom.stop();
  if (dcmtk !== null && hasDcmtk(dcmtk[0])) {
    const turns: { ours: number; peer: number | null }[] = [];
    for (let round = 0; round < rounds; round++) {
      turns.push({ ours: await ours.round("all"), peer: runDcmtk(place, dcmtk) });
    }
    rows.push(row(`, ${FRAMES} frames in a file`, `dcmtk's ${dcmtk[0]}`, turns));
  }
  if (workload.isImported === true) {
    for (const what of ["pool", "inspect"] as const) {
      await ours.round(what);
      const turns: { ours: number; peer: null }[] = [];
      for (let round = 0; round < rounds; round++) turns.push({ ours: await ours.round(what), peer: null });
      const title = {
        pool: ", through two decoding processes",
        inspect: ", all that import does in a decoding process",
      };
      rows.push(row(title[what], "", turns));
    }
  }
  await ours.stop();
  return rows;
}

function hasDcmtk(program: string): boolean {
  const isThere = spawnSync(program, ["--version"]).error === undefined;
  if (!isThere) console.error(`bench: no row for ${program}: Debian's package dcmtk is not installed.`);
  return isThere;
}

/** A fast decoder of other pixels is none. */
function requireSamePixels({ name, isExact }: DecodeWorkload, ours: Contestant, peer: Contestant): void {
  if (ours.size === peer.size && (!isExact || ours.sum === peer.sum)) return;
  throw new Error(`bench: ${name}: ours and ${peer.name} decoded different pixels.`);
}
