/**
 * @file A project with grades and numbers to review, made without training: discs on noise, of which a model says a stage and a size. Seeded by place, so that
 * every run makes the same one.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import sharp from "sharp";
import type { LabelProposalDetail, Split } from "../../src-main/api/contract.ts";
import { ordinalReadOut } from "../../src-main/ordinal/index.ts";
import { createProject, type Project } from "../../src-main/project/index.ts";
import { createLabelMap, stampDisc } from "../../src-main/voxels/index.ts";

export const STAGES = ["none", "mild", "severe"];
export const SIDE = 96;

type Answer = LabelProposalDetail["answer"];
type Evidence = LabelProposalDetail["evidence"];

export interface GradesProject {
  path: string;
  stageId: number;
  sizeId: number;
  stageModelId: number;
  sizeModelId: number;
  /** In the order of the queue of stages: the flagged one, then the least sure. */
  frameIds: number[];
  proposalIds: number[];
  sizeProposalIds: number[];
}

/** `tested`: further images of the test split, labelled and not judged. `proven`: validation patients on whom the model of stages was judged; it was wrong below a probability of 0.6 alone. `thresholds`: of the stages. */
export async function makeGradesProject(
  folder: string,
  count: number,
  { proven = 0, tested = 0, thresholds = [] as string[] } = {},
): Promise<GradesProject> {
  const path = join(folder, "grades.aliquot");
  const project = createProject(path, { classes: ["lesion"] });
  try {
    const stage = project.labelDefinitions.add({ name: "Stage", kind: "grade", options: STAGES, thresholds });
    const size = project.labelDefinitions.add({ name: "Size", kind: "number", unit: "mm", minimum: 0, maximum: 60 });
    const frameIds: number[] = [];
    for (let place = 0; place < count; place++) frameIds.push(await addImage(project, place, "unlabelled"));
    const judged: number[] = [];
    for (let place = 0; place < proven; place++) judged.push(await addImage(project, 1000 + place, "val"));
    const stages = addModel(project, stage.labelId, { makes: "grades", method: "diffmic" });
    const sizes = addModel(project, size.labelId, { makes: "numbers", method: "regress" });
    const proposalIds = frameIds.map((frameId, place) =>
      project.labelProposals.add({
        frameId,
        modelId: stages.modelId,
        runId: addRun(project, stage.labelId, "predict", stages),
        value: STAGES[place % 3]!,
        // The first is flagged and the least sure; each further one is surer.
        answer: stageAnswer(stage.labelId, place % 3, {
          probability: 0.4 + (0.55 * place) / count,
          isSplit: place === 0,
        }),
        evidence: evidenceOf(place, place === 0),
      })!,
    );
    const sizeProposalIds = frameIds.map((frameId, place) =>
      project.labelProposals.add({
        frameId,
        modelId: sizes.modelId,
        runId: addRun(project, size.labelId, "predict", sizes),
        value: 10 + place,
        answer: sizeAnswer(size.labelId, 10 + place, 3 - (2 * place) / count),
        evidence: { ...evidenceOf(place, false), regions: [], looks: null, saliency: wholeMap([[0, 0, 0, 0]]) },
      })!,
    );
    if (judged.length > 0) judge(project, stage.labelId, stages, judged);
    if (judged.length > 0) judgeSizes(project, size.labelId, sizes, judged);
    for (let place = 0; place < tested; place++) {
      const frameId = await addImage(project, 2000 + place, "test");
      project.labels.set(stage.labelId, frameId, STAGES[place % 3]!);
    }
    return {
      path,
      stageId: stage.labelId,
      sizeId: size.labelId,
      stageModelId: stages.modelId,
      sizeModelId: sizes.modelId,
      frameIds,
      proposalIds,
      sizeProposalIds,
    };
  } finally {
    project.close();
  }
}

interface Made {
  modelId: number;
  method: string;
}

function judge(project: Project, labelId: number, model: Made, frameIds: readonly number[]): void {
  const runId = addRun(project, labelId, "evaluate", model);
  const known = frameIds.map((frameId, at) => {
    const probability = 0.5 + (0.49 * at) / frameIds.length;
    const truth = at % 3;
    const value = probability < 0.6 ? (truth + 1) % 3 : truth;
    project.labels.set(labelId, frameId, STAGES[truth]!);
    return { frameId, truth: STAGES[truth]!, answer: stageAnswer(labelId, value, { probability, isSplit: false }) };
  });
  project.labelAnswers.add(runId, known);
}

/** Half a millimetre too much on average; one of them is nothing. */
function judgeSizes(project: Project, labelId: number, model: Made, frameIds: readonly number[]): void {
  const known = frameIds.map((frameId, at) => {
    const truth = at === 0 ? 0 : 5 + (at % 20);
    project.labels.set(labelId, frameId, truth);
    return { frameId, truth, answer: sizeAnswer(labelId, truth + 0.5 + ((at % 5) - 2) / 2, 1) };
  });
  project.labelAnswers.add(addRun(project, labelId, "evaluate", model), known);
}

function stageAnswer(
  labelId: number,
  value: number,
  { probability, isSplit }: { probability: number; isSplit: boolean },
): Answer {
  const probabilities = STAGES.map((_, at) => (at === value ? probability : (1 - probability) / 2));
  const votes = STAGES.map((_, at) => (at === value ? (isSplit ? 0.5 : 0.9) : isSplit ? 0.25 : 0.05));
  return {
    labelId,
    value,
    probability,
    uncertainty: 1 - probability,
    probabilities,
    votes,
    ...ordinalReadOut(probabilities),
    margin: probability - (1 - probability) / 2,
    spread: {
      means: probabilities,
      low: probabilities.map((one) => one / 2),
      high: probabilities.map((one) => (1 + one) / 2),
      deviations: probabilities.map(() => 0.125),
      entropy: isSplit ? 0.946 : 0.359,
      margin: probability - (1 - probability) / 2,
      test: {
        first: value,
        second: (value + 1) % 3,
        t: isSplit ? 1.2 : 9.5,
        p: isSplit ? 0.245 : 1e-8,
        isApart: !isSplit,
      },
    },
    interval: null,
  };
}

function sizeAnswer(labelId: number, value: number, deviation: number): Answer {
  return {
    labelId,
    value,
    probability: null,
    uncertainty: deviation,
    probabilities: [],
    votes: [],
    expected: null,
    likely: null,
    interval: [value - 2 * deviation, value + 2 * deviation],
  };
}

const wholeMap = (maps: number[][]) => ({
  cells: Math.sqrt(maps[0]!.length),
  maps,
  area: { left: 0, top: 0, width: SIDE, height: SIDE },
});

/** High where the disc of the image lies; two close looks on it. */
function evidenceOf(place: number, disagree: boolean): Evidence {
  const cells = 6;
  const { x, y, radius } = discOf(place);
  const step = SIDE / cells;
  const near = Array.from({ length: cells * cells }, (_, at) => {
    const dx = ((at % cells) + 0.5) * step - x;
    const dy = (Math.floor(at / cells) + 0.5) * step - y;
    return 3 * Math.exp(-(dx * dx + dy * dy) / (2 * radius * radius)) - 1;
  });
  const own = place % 3;
  return {
    samples: 20,
    saliency: wholeMap(STAGES.map((_, at) => (at === own ? near : near.map((value) => -value)))),
    peak: { x, y },
    regions: [
      { left: x - radius, top: y - radius, width: 24, height: 24, attention: 0.7 },
      { left: SIDE - 26, top: 2, width: 24, height: 24, attention: 0.3 },
    ],
    looks: disagree ? { whole: own, close: (own + 1) % 3, both: own } : { whole: own, close: own, both: own },
  };
}

const discOf = (place: number) => ({
  x: 30 + ((place * 17) % 36),
  y: 34 + ((place * 11) % 30),
  radius: 10 + (place % 3) * 5,
});

async function addImage(project: Project, place: number, split: Split): Promise<number> {
  const next = randomOf(place + 1);
  const { x, y, radius } = discOf(place);
  const disc = createLabelMap(SIDE, SIDE);
  stampDisc(disc, { x, y }, radius, 1);
  const pixels = disc.data.map((is) => 60 + 90 * is + Math.floor(50 * next()));
  const sourceBytes = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  const name = `${split === "val" ? "v" : "p"}${String(place + 1).padStart(3, "0")}`;
  const frame = {
    width: SIDE,
    height: SIDE,
    channels: 1,
    sampleType: "uint8",
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  } as const;
  const image = {
    sourceBytes,
    sourceSha256: createHash("sha256").update(sourceBytes).digest("hex"),
    fileName: `${name}.png`,
    format: "png",
    modality: null,
    patientKey: name,
    caseName: name,
    thumbnail: sourceBytes,
    frames: [frame],
  } as const;
  return project.images.add({ ...image, frames: [frame] }, { split }).frameIds[0]!;
}

/** A finished run, with nothing that could be computed again. */
function addRun(project: Project, labelId: number, kind: "train" | "predict" | "evaluate", model: Made): number {
  const { name, kind: ofLabel, options, unit } = project.labelDefinitions.get(labelId);
  const frames = project.images.frames().map(({ frameId, imageId, caseId, split }) => {
    return { frameId, imageId, caseId, split, revisionId: null };
  });
  const snapshot = {
    // What an evaluation judges is known by the split of its first image.
    frames: kind === "evaluate" ? frames.filter(({ split }) => split === "val") : frames,
    classes: [],
    fromModel: kind === "train" ? null : model.modelId,
    targets: [{ labelId, name, kind: ofLabel, options, unit }],
  };
  const run = { kind, method: model.method, settings: {}, seed: 7, device: "cpu", steps: 1, snapshot };
  const runId = project.runs.create(kind === "train" ? run : { ...run, modelId: model.modelId });
  project.runs.update(runId, { state: "done" });
  return runId;
}

function addModel(
  project: Project,
  labelId: number,
  { makes, method }: { makes: "grades" | "numbers"; method: string },
): Made {
  const runId = addRun(project, labelId, "train", { modelId: 0, method });
  const bytes = { onnx: Buffer.from("onnx"), weights: Buffer.from("weights") };
  const modelId = project.models.add({
    runId,
    name: `${method} ${runId}`,
    method,
    step: 1,
    score: 0.9,
    makes: [makes],
    classes: [],
    ...bytes,
  });
  return { modelId, method };
}

/** Park and Miller 1988: minimal standard generator, 0–1. */
function randomOf(seed: number): () => number {
  let state = (seed * 48_271) % 2_147_483_647;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
