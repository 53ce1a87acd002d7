/**
 * @file The work of an experiment's process: one training after the other, each judged when it is done. Trainings that the bundle knows as
 * done are left out; the one that was under way goes on from its checkpoint.
 */
import { decodeSafetensors, encodeSafetensors } from "../engine/safetensors.ts";
import {
  type Cell,
  type CellCheckpoint,
  cellsOf,
  gradedFrame,
  performCell,
  type Study,
  studyFrame,
  trainingKey,
  trainingOf,
  trainingSteps,
} from "../experiments/index.ts";
import { trunkOf } from "./bundled-trunk.ts";
import { ExperimentPace } from "./experiment-pace.ts";
import { Progress } from "./progress.ts";
import { openCases, type Outcome, type Work } from "./work.ts";

/** Between two checkpoints: what a power cut may cost. */
const CHECKPOINT_SECONDS = 20;

const keyOf = (cell: Cell): string => trainingKey(trainingOf(cell));

export async function experiment({ bundle, device, resources, parent, asked }: Work): Promise<Outcome> {
  const { recipe } = bundle;
  const { plan, done } = recipe.experiment!;
  const cases = openCases(bundle);
  const study: Study = {
    frames: cases.frames.map(({ hasLabelMap, ...frame }) =>
      recipe.targets === undefined ? studyFrame(frame, hasLabelMap) : gradedFrame(frame, hasLabelMap),
    ),
    ...(recipe.targets && { label: recipe.targets[0] }),
    ...(recipe.modalities && { modalities: recipe.modalities }),
    ...(recipe.trunk && { trunk: await trunkOf(bundle) }),
    classes: recipe.classes,
    channels: recipe.channels,
    frame: (frameId) => cases.frame(frameId),
    labelMap: (frameId) => cases.labelMap(frameId),
  };
  const isDone = new Set(done);
  const cells = cellsOf(plan);
  const pace = new ExperimentPace(cells.filter((cell) => !isDone.has(keyOf(cell))));
  const progress = new Progress(parent, { secondsPerStep: () => pace.secondsPerStep });
  const isStopped = (): boolean => asked() === "stop";
  const saved = await bundle.readIfThere("checkpoint/last");
  let before = 0;
  for (const cell of cells) {
    const steps = trainingSteps(cell.arm);
    if (isDone.has(keyOf(cell))) {
      before += steps;
      continue;
    }
    let savedAt = performance.now();
    pace.begin(cell);
    const scores = await performCell(study, cell, {
      device,
      resources,
      progress: {
        resume: saved === undefined ? undefined : checkpointOf(saved, cell),
        isStopped,
        stepDone(step, seconds) {
          pace.stepDone(seconds);
          progress.stepDone(before + step, seconds);
        },
        async mayCheckpoint(step, take) {
          if (!isStopped() && performance.now() - savedAt < 1000 * CHECKPOINT_SECONDS) return;
          progress.flush(before + step); // what is told is never behind the checkpoint
          const bytes = encodeCheckpoint(await take(), cell);
          parent.postMessage({ kind: "checkpoint", checkpoint: "last", step: before + step, bytes });
          savedAt = performance.now();
        },
      },
    });
    if (scores === null) return "stopped";
    before += steps;
    pace.end();
    parent.postMessage({ kind: "scores", training: { ...trainingOf(cell), scores } });
    progress.flush(before);
  }
  return "done";
}

/** Names the training that it is of: the last checkpoint may be of one that was done just after it. */
function encodeCheckpoint(parts: CellCheckpoint, cell: Cell): Uint8Array<ArrayBuffer> {
  const tensors = Object.fromEntries(
    Object.entries(parts).flatMap(([name, bytes]: [string, Uint8Array | undefined]) =>
      bytes === undefined ? [] : [[name, { shape: [bytes.length], data: new Uint8Array(bytes) }]],
    ),
  );
  return encodeSafetensors({ tensors, metadata: { training: keyOf(cell) } });
}

function checkpointOf(saved: Uint8Array, cell: Cell): CellCheckpoint | undefined {
  const { tensors, metadata } = decodeSafetensors(saved);
  if (metadata["training"] !== keyOf(cell)) return undefined;
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, { data }]) => (data instanceof Uint8Array ? [[name, data]] : [])),
  );
}
