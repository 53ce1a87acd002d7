/** @file How long a series of 150 slices of 256² takes to translate: from decoded pixels to images in the other modality. */
import type { CaseSource } from "../../src-main/dataset/index.ts";
import { findMethod, type SettingValue } from "../../src-main/methods/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { brainSlices } from "../experiments/brain-phantom.ts";
import { ownRow, type Row } from "./rows.ts";

const SIDE = 256;
const SLICES = 150;

/** `slices`: how many are made, where all would take minutes. */
const NETWORKS: { name: string; slices: number; settings: Record<string, SettingValue> }[] = [
  { name: "small (width 16, 3 blocks)", slices: SLICES, settings: { generatorWidth: 16, generatorBlocks: 3 } },
  { name: "default (32, 6)", slices: 60, settings: {} },
  { name: "full width (64, 9)", slices: 30, settings: { generatorWidth: 64, generatorBlocks: 9 } },
];

/** Float numbers would be scaled as they are: 8 bits, as most files have. */
function slice(index: number, side: number, of: "t1" | "t2"): Frame {
  const data = Uint8Array.from(brainSlices(11, index % 8, side)[of], (value) => Math.round(255 * value));
  const pixels = { width: side, height: side, channels: 1, sampleType: "uint8", data } as const;
  const meaning = {
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  } as const;
  return { ...pixels, ...meaning };
}

/** Weights as a training begins with: what they make does not matter here. */
async function untrained(settings: Record<string, SettingValue>): Promise<Uint8Array> {
  const common = { caseId: 1, role: "train", hasLabelMap: false } as const;
  const cases: CaseSource = {
    frames: [
      { ...common, frameId: 1, modality: { side: "source", counterpart: 2 } },
      { ...common, frameId: 2, modality: { side: "target" } },
    ],
    frame: (frameId) => Promise.resolve(slice(0, SIDE, frameId === 1 ? "t1" : "t2")),
    labelMap: () => Promise.reject(new Error("no masks")),
  };
  const method = findMethod("reggan");
  const session = await method.start({
    cases,
    settings: method.parse({ size: SIDE, batchSize: 1, registrationWidth: 4, discriminatorWidth: 4, ...settings }),
    seed: 1,
    device: "cpu",
    classes: [],
    channels: 1,
    modalities: { source: "T1", target: "T2", kind: "paired" },
  });
  try {
    return await session.weights();
  } finally {
    await session.release();
  }
}

export async function benchTranslation(): Promise<Row[]> {
  const frames = Array.from({ length: 8 }, (_, index) => slice(index, SIDE, "t1"));
  const rows: Row[] = [];
  for (const { name, slices, settings } of NETWORKS) {
    const translator = await findMethod("reggan").openTranslator!(await untrained(settings), "cpu");
    const translate = (count: number) =>
      translator.translate({ count, frame: (index) => Promise.resolve(frames[index % 8]!) }, () => Promise.resolve());
    await translate(2); // memory is allocated by then
    const before = process.cpuUsage();
    const start = performance.now();
    await translate(slices);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    await translator.release();
    const from = slices < SLICES ? ` (from ${slices})` : "";
    const workload = `translate ${SLICES} slices of ${SIDE}², ${name}${from}`;
    const whole = SLICES / slices;
    rows.push(
      ownRow("translation", { workload, unit: "s", ours: whole * seconds, runs: 1 }),
      ownRow("translation", { workload, unit: "s of all cores", ours: (whole * (user + system)) / 1e6, runs: 1 }),
    );
  }
  return rows;
}
