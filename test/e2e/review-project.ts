/**
 * @file A project with proposals to review, made without training: bright discs on noise, which the proposals outline, and a false one in
 * each, of which the model is in doubt and on which teacher and student disagree. Seeded by place, so that every run makes the same one.
 */
import { join } from "node:path";
import sharp from "sharp";
import type { ReviewFlag, ReviewRecord } from "../../src-main/api/contract.ts";
import { createProject, type Project } from "../../src-main/project/index.ts";
import {
  createLabelMap,
  encodeLabelMap,
  encodeScoreMap,
  type LabelMap,
  stampDisc,
} from "../../src-main/voxels/index.ts";
import { newPicture } from "../project/fixture.ts";

export interface ReviewProject {
  path: string;
  /** In the order of the queue: the worst first. */
  frameIds: number[];
  proposals: ProposedImage[];
}

export interface ProposedImage {
  proposalId: number;
  /** With the false disc. */
  proposed: Uint8Array;
  /** Without. */
  truth: Uint8Array;
  /** In the middle of the false disc, and of the largest true one. */
  falseAt: { x: number; y: number };
  trueAt: { x: number; y: number };
}

/** Images a patient. */
const PER_PATIENT = 3;

interface Options {
  /** Side of the images, pixels. */
  size?: number;
  /** Images of as many patients with known truth, on which the model did well. */
  proven?: number;
  /** Further proposals that come behind all others in the queue, on images of nothing that anybody can open. */
  behind?: number;
  name?: string;
}

export async function makeReviewProject(
  folder: string,
  count: number,
  { size = 96, proven = 0, behind = 0, name = "review" }: Options = {},
): Promise<ReviewProject> {
  const path = join(folder, `${name}.aliquot`);
  const project = createProject(path, { classes: ["nucleus"] });
  try {
    const { modelId, runId } = addModel(project);
    const proposals: ProposedImage[] = [];
    const frameIds: number[] = [];
    for (let place = 0; place < proven; place++) await addEvidence(project, modelId, place);
    for (let place = 0; place < count; place++) {
      const { pixels, truth, proposed, confidence, falseAt, trueAt } = drawImage(place, size);
      const scores = Float32Array.from(confidence, (byte) => (255 - byte) / 128);
      const patient = `p${String(Math.floor(place / PER_PATIENT) + 1).padStart(2, "0")}`;
      const frameId = await addImage(project, { patient, place, pixels, size });
      // The first is the worst.
      const quality = 0.5 + (0.45 * place) / Math.max(1, count - 1);
      const proposalId = project.proposals.add({
        frameId,
        modelId,
        runId,
        mask: encodeLabelMap(proposed),
        confidence,
        expectedDice: quality,
        review: {
          record: recordOf(quality, place === 0 ? [{ kind: "area", value: 1, z: 4.2 }] : []),
          uncertainty: encodeScoreMap(scores, { width: size, height: size }),
          difference: encodeScoreMap(scores, { width: size, height: size }),
          feature: featureOf(place),
        },
      });
      frameIds.push(frameId);
      proposals.push({ proposalId, proposed: proposed.data, truth: truth.data, falseAt, trueAt });
    }
    addBehind(project, { modelId, runId }, behind);
    return { path, frameIds, proposals };
  } finally {
    project.close();
  }
}

function addBehind(project: Project, { modelId, runId }: { modelId: number; runId: number }, count: number): void {
  const size = 16;
  const map = createLabelMap(size, size);
  stampDisc(map, { x: 8, y: 8 }, 4, 1);
  const mask = encodeLabelMap(map);
  const confidence = new Uint8Array(size * size).fill(250);
  const scores = encodeScoreMap(new Float32Array(size * size), { width: size, height: size });
  project.edit("add proposals", () => {
    for (let place = 0; place < count; place++) {
      const patient = `q${String(Math.floor(place / PER_PATIENT) + 1).padStart(5, "0")}`;
      const frameId = storeImage(project, {
        patient,
        place,
        size,
        sourceBytes: Buffer.from(`pixels of ${place}`),
        thumbnail: Buffer.from("no thumbnail"),
      });
      const quality = 0.955 + (0.04 * place) / count;
      const review = {
        record: recordOf(quality, []),
        uncertainty: scores,
        difference: scores,
        feature: featureOf(place % 100),
      };
      project.proposals.add({ frameId, modelId, runId, mask, confidence, expectedDice: quality, review });
    }
  });
}

function drawImage(place: number, size: number) {
  const next = randomOf(place + 1);
  const unit = size / 96;
  const truth = createLabelMap(size, size);
  const trueAt = { x: (26 + 8 * next()) * unit, y: (28 + 8 * next()) * unit };
  stampDisc(truth, trueAt, 13 * unit, 1);
  stampDisc(truth, { x: (66 + 6 * next()) * unit, y: 24 * unit }, 8 * unit, 1);
  const proposed: LabelMap = { ...truth, data: truth.data.slice() };
  const falseAt = { x: (60 + 10 * next()) * unit, y: (68 + 6 * next()) * unit };
  stampDisc(proposed, falseAt, 9 * unit, 1);
  const confidence = new Uint8Array(size * size);
  const pixels = new Uint8Array(size * size);
  for (let index = 0; index < pixels.length; index++) {
    pixels[index] = 60 + 90 * truth.data[index]! + 50 * next();
    confidence[index] = truth.data[index] === proposed.data[index] ? 245 : 140;
  }
  return { pixels, truth, proposed, confidence, falseAt, trueAt };
}

interface Drawn {
  patient: string;
  place: number;
  pixels: Uint8Array;
  size: number;
}

async function addImage(project: Project, { patient, place, pixels, size }: Drawn): Promise<number> {
  const picture = sharp(pixels, { raw: { width: size, height: size, channels: 1 } }).toColourspace("b-w");
  const sourceBytes = await picture.clone().png().toBuffer();
  const thumbnail = await picture.clone().resize(96, 96, { fit: "inside" }).png().toBuffer();
  return storeImage(project, { patient, place, size, sourceBytes, thumbnail });
}

interface Stored extends Omit<Drawn, "pixels"> {
  sourceBytes: Buffer;
  thumbnail: Buffer;
}

function storeImage(project: Project, { patient, place, size, sourceBytes, thumbnail }: Stored): number {
  const name = `${patient}_${String(place + 1).padStart(3, "0")}`;
  const about = { patientKey: patient, caseName: patient, thumbnail };
  return project.images.add(newPicture(name, sourceBytes, { width: size, height: size }, about)).frameIds[0]!;
}

/** A validation image that a person outlined, and how well the model did on it: the better, the higher it rated itself. */
async function addEvidence(project: Project, modelId: number, place: number): Promise<void> {
  const size = 32;
  const patient = `v${String(place + 1).padStart(2, "0")}`;
  const pixels = new Uint8Array(size * size).fill(100 + place);
  const frameId = await addImage(project, { patient, place, pixels, size });
  const { caseId } = project.images.frame(frameId).row;
  project.cases.setSplit(caseId, "val");
  const truth = createLabelMap(size, size);
  stampDisc(truth, { x: 16, y: 16 }, 8, 1);
  const { revisionId } = project.annotations.write(frameId, encodeLabelMap(truth), { origin: "drawn", base: 0 });
  const quality = 0.7 + (0.27 * (place % 20)) / 19;
  const review = { record: recordOf(quality, []), feature: featureOf(place) };
  project.reviews.addEvidence({ modelId, frameId, revisionId, dice: Math.min(0.99, 0.45 + 0.55 * quality), review });
}

/** Of a proposal that the model expects to have this Dice. */
function recordOf(quality: number, flags: ReviewFlag[]): ReviewRecord {
  const ofClass = {
    value: 1,
    area: 900,
    meanConfidence: quality,
    meanEntropy: 1 - quality,
    expectedDice: quality,
    softDice: quality,
    hardDice: quality,
    viewDice: quality,
    removedFraction: 0,
    components: 3,
    areaZ: flags.length > 0 ? 4.2 : 0.3,
    placeZ: 0,
    elongationZ: 0,
  };
  return {
    views: 4,
    classes: [ofClass],
    foregroundEntropy: 1 - quality,
    margin: quality,
    borderEntropy: 1 - quality,
    disagreement: (1 - quality) / 2,
    hardDisagreement: (1 - quality) / 3,
    flags,
  };
}

const featureOf = (place: number): Int8Array => Int8Array.from([place, -place, (7 * place) % 100, 1]);

/** A finished training with its model; nothing here runs it. */
function addModel(project: Project): { runId: number; modelId: number } {
  const runId = project.runs.create({
    kind: "train",
    method: "segment",
    settings: {},
    seed: 7,
    device: "cpu",
    steps: 100,
    snapshot: { frames: [], classes: [], fromModel: null },
  });
  const modelId = project.models.add({
    runId,
    name: "U-Net",
    method: "segment",
    step: 100,
    score: 0.9,
    classes: project.classes.list(),
    onnx: Buffer.from("onnx"),
    weights: Buffer.from("weights"),
  });
  return { runId, modelId };
}

/** Park and Miller 1988: minimal standard generator, 0–1. */
function randomOf(seed: number): () => number {
  let state = (seed * 48_271) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
