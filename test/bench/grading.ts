/** @file How long grading takes: images of 224² from decoded pixels to answers, each asked ten times. */
import type { CaseSource } from "../../src-main/dataset/index.ts";
import { findMethod, type SettingValue } from "../../src-main/methods/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { ownRow, type Row } from "./rows.ts";

const SIDE = 224;
const SAMPLES = 10;

const NETWORKS: { name: string; images: number; settings: Record<string, SettingValue> }[] = [
  { name: "narrow network of width 16", images: 1000, settings: { network: "narrow", width: 16, regionSide: 80 } },
  { name: "ResNet-18", images: 200, settings: { network: "resnet18", regionSide: 88 } },
];

function picture(key: number): Frame {
  const random = new Random("graded picture", key);
  return {
    width: SIDE,
    height: SIDE,
    channels: 1,
    sampleType: "uint8",
    data: Uint8Array.from({ length: SIDE * SIDE }, () => random.integer(256)),
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

/** Weights as a training begins with: what they say does not matter here. */
async function untrained(settings: Record<string, SettingValue>): Promise<Uint8Array> {
  const cases: CaseSource = {
    frames: [0, 1].map((grade) => {
      return { frameId: grade + 1, caseId: grade + 1, role: "train", hasLabelMap: false, values: [grade] };
    }),
    frame: (frameId) => Promise.resolve(picture(frameId)),
    labelMap: () => Promise.reject(new Error("no masks")),
  };
  const method = findMethod("diffmic");
  const session = await method.start({
    cases,
    settings: method.parse({ size: SIDE, batchSize: 2, ...settings }),
    seed: 1,
    device: "cpu",
    classes: [],
    channels: 1,
    targets: [{ labelId: 1, name: "grade", kind: "grade", options: ["a", "b", "c", "d"], unit: null }],
  });
  try {
    return await session.weights();
  } finally {
    await session.release();
  }
}

export async function benchGrading(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, images, settings } of NETWORKS) {
    const grader = await findMethod("diffmic").openGrader!(await untrained(settings), "cpu");
    const group = (first: number) =>
      Array.from({ length: grader.batch }, (_, at) => ({ key: first + at, frame: picture(first + at) }));
    await grader.grade(group(0), { samples: SAMPLES, seed: 1 }); // memory is allocated by then
    let milliseconds = 0;
    for (let first = 0; first < images; first += grader.batch) {
      const given = group(first).slice(0, images - first);
      const start = performance.now();
      await grader.grade(given, { samples: SAMPLES, seed: 1 });
      milliseconds += performance.now() - start;
    }
    await grader.release();
    const workload = `grade 1000 images of ${SIDE}², ${SAMPLES} samples, ${name}${images < 1000 ? ` (from ${images})` : ""}`;
    rows.push(ownRow("grading", { workload, unit: "s", ours: milliseconds / images, runs: 1 }));
  }
  return rows;
}
