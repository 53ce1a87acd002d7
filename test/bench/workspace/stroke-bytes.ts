/** @file What a brush stroke takes in the project file: seeded corrections along the edges of five structures on 512². */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import Database from "better-sqlite3";
import { createProject, type NewImage, openProject } from "../../../src-main/project/index.ts";
import { Random } from "../../../src-main/random/index.ts";
import { createLabelMap, encodeLabelMap, type LabelMap, paintSegment } from "../../../src-main/voxels/index.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";

const SIDE = 512;
const STROKES = 500;
/** Pointer moves of a stroke; at 60 a second a third of a second's. */
const MOVES = 20;

interface Structure {
  x: number;
  y: number;
  radius: number;
  value: number;
}

/** Two large organs, one with something in it, and two smaller ones: as crowded as an abdominal slice. */
const structures: Structure[] = [
  { x: 160, y: 260, radius: 90, value: 1 },
  { x: 340, y: 250, radius: 100, value: 2 },
  { x: 255, y: 380, radius: 40, value: 3 },
  { x: 250, y: 120, radius: 30, value: 4 },
  { x: 330, y: 250, radius: 35, value: 5 },
];

/** Without pixels that anyone could look at. */
const image: NewImage = {
  sourceBytes: Buffer.from("pixels"),
  sourceSha256: "",
  fileName: "slice.png",
  format: "png",
  modality: null,
  patientKey: null,
  caseName: null,
  thumbnail: Buffer.from("thumbnail"),
  frames: [
    {
      width: SIDE,
      height: SIDE,
      channels: 1,
      sampleType: "uint8",
      photometric: "MONOCHROME2",
      rescaleSlope: 1,
      rescaleIntercept: 0,
      window: null,
      spacing: null,
    },
  ],
};

/** Its outline at an angle: no circle. */
function edgeOf({ radius, value }: Structure, angle: number): number {
  return radius * (1 + 0.12 * Math.sin(3 * angle + value) + 0.05 * Math.sin(7 * angle));
}

/** Painted from the middle outwards, with the tremor of a hand. */
function draw(map: LabelMap, structure: Structure, random: Random): void {
  const { x, y, value } = structure;
  for (let turn = 0; turn <= 60; turn++) {
    const angle = (2 * Math.PI * turn) / 60;
    const radius = edgeOf(structure, angle) + random.between(-1, 1);
    paintSegment(map, { x, y }, { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) }, 8, value);
  }
}

/** Adds to the structure along its edge, or takes away. */
function correct(map: LabelMap, structure: Structure, random: Random): void {
  const value = random.uniform() < 0.35 ? 0 : structure.value;
  const brush = random.between(3, 12);
  const start = random.between(0, 2 * Math.PI);
  const offset = random.between(-12, 12);
  const pointAt = (move: number) => {
    const angle = start + (move * 0.8) / MOVES;
    const radius = edgeOf(structure, angle) + offset + random.between(-1.5, 1.5);
    return { x: structure.x + radius * Math.cos(angle), y: structure.y + radius * Math.sin(angle) };
  };
  let last = pointAt(0);
  for (let move = 1; move <= MOVES; move++) {
    const next = pointAt(move);
    paintSegment(map, last, next, brush, value);
    last = next;
  }
}

/** Rows for the bytes that strokes take. */
export function benchStrokeBytes(): Row[] {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-strokes-"));
  try {
    const path = join(home, "strokes.aliquot");
    const random = new Random(11, "stroke-bytes");
    const map = createLabelMap(SIDE, SIDE);
    for (const structure of structures) draw(map, structure, random);
    const project = createProject(path, { classes: structures.map(({ value }) => `structure ${value}`) });
    const { frameIds } = project.images.add(image);
    const write = () => project.annotations.write(frameIds[0]!, encodeLabelMap(map), { origin: "drawn" }).revisionId;
    const first = write();
    project.close();
    const before = statSync(path).size;
    const again = openProject(path);
    const whole: number[] = [];
    for (let stroke = 0; stroke < STROKES; stroke++) {
      correct(map, structures[random.integer(structures.length)]!, random);
      const rle = encodeLabelMap(map);
      whole.push(Math.min(rle.length, deflateRawSync(rle).length));
      again.annotations.write(frameIds[0]!, rle, { origin: "drawn" });
    }
    again.close();
    const database = new Database(path, { readonly: true });
    const bytes = database
      .prepare("SELECT length(label_map) FROM mask_revision WHERE id > ?")
      .pluck()
      .all(first) as number[];
    database.close();
    const row = (workload: string, ours: number): Row =>
      ownRow("workspace", {
        workload: `brush stroke 512², 5 classes: ${workload}`,
        unit: "bytes",
        ours,
        runs: STROKES,
      });
    return [
      row("stored, median", median(bytes)),
      row("stored, 95th percentile", quantile(bytes, 0.95)),
      row("growth of the project file, mean", (statSync(path).size - before) / STROKES),
      row("the whole mask deflated, for comparison, median", median(whole)),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
