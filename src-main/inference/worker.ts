/**
 * @file The process that proposes while a person draws: keeps one model open and what it said of the latest frames. Its entry is
 * src-main/app/inference-process.ts; nothing here knows the project.
 */
import { expectedDiceOf } from "../dataset/index.ts";
import { chooseDevice, type Device } from "../engine/runtime/index.ts";
import {
  deviceProblem,
  findMethod,
  type Inference,
  type Predictor,
  type Registrar,
  requireKnownClasses,
} from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import {
  correctByScribbles,
  decodeLabelMap,
  deserializeFrame,
  encodeLabelMap,
  type Frame,
  type Scribble,
} from "../voxels/index.ts";
import type { InferenceParent, InferenceReply, InferenceResults, InferenceTask } from "./messages.ts";

export type { InferenceParent, InferenceTask } from "./messages.ts";

/** Frames whose probabilities are kept: those ahead, the one in front and the last few; fewer where they are large. */
const MAX_KEPT = 16;
const MAX_KEPT_BYTES = 2 ** 28;

interface OpenModel {
  key: string;
  predictor: Predictor;
}

export function serveInference(parent: InferenceParent): void {
  const inferences = new Inferences();
  const registrations = new Registrations();
  // One after the other: the app sends the next when it has the answer, so this is for safety alone.
  let turn: Promise<unknown> = Promise.resolve();
  parent.onMessage((task) => {
    turn = turn.then(async () => parent.postMessage(await answer({ inferences, registrations }, task)));
  });
  parent.postMessage({ kind: "ready" });
}

interface Opened {
  inferences: Inferences;
  registrations: Registrations;
}

async function answer(opened: Opened, task: InferenceTask): Promise<InferenceReply> {
  const { taskId } = task;
  try {
    return { kind: "result", taskId, result: await perform(opened, task) };
  } catch (error) {
    const problem = error instanceof Problem ? error : deviceProblem(error);
    if (problem !== null) return { kind: "problem", taskId, problem: problem.toJSON() };
    return { kind: "failure", taskId, stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function perform(
  { inferences, registrations }: Opened,
  task: InferenceTask,
): Promise<InferenceResults[keyof InferenceResults]> {
  if (task.work.kind === "flow") {
    const { slices, target, placed, ranges } = task.work;
    const registrar = await registrations.of(task);
    return registrar.estimate(slices.map(deserializeFrame), deserializeFrame(target), {
      ...placed,
      ...(ranges && { ranges }),
    });
  }
  const frame = deserializeFrame(task.frame);
  const { inference, classes } = await inferences.of(task, frame);
  switch (task.work.kind) {
    case "predict": {
      const { labelMap, confidence, expectedDice } = inference.prediction();
      return { mask: encodeLabelMap(labelMap), confidence, expectedDice };
    }
    case "correct":
      return corrected(frame, inference, classes, task.work);
    case "probabilities": {
      const planes = inference.probabilities({ x: 0, y: 0, width: frame.width, height: frame.height });
      const area = frame.width * frame.height;
      const bytes = new Uint8Array(planes.length * area);
      planes.forEach((plane, index) => {
        for (let pixel = 0; pixel < area; pixel++) {
          bytes[index * area + pixel] = Math.round(255 * Math.min(1, Math.max(0, plane[pixel]!)));
        }
      });
      return { classes: [0, ...classes], planes: bytes };
    }
  }
}

function corrected(
  frame: Frame,
  inference: Inference,
  classes: readonly number[],
  { labels, scribbles }: { labels: Uint8Array; scribbles: readonly Scribble[] },
): InferenceResults["correct"] {
  const { value } = scribbles.at(-1)!;
  if (!classes.includes(value)) {
    throw new Problem({
      code: "bad-request",
      title: "The model does not know the class of the scribble.",
      detail: `It was trained with class values ${classes.join(", ")}; the scribble is of ${value}.`,
      hint: "Choose a class that the model knows, or draw this one by hand.",
    });
  }
  const map = correctByScribbles({
    frame,
    labels: decodeLabelMap(labels, frame),
    scribbles,
    probabilities: (window) => ({ classes, planes: inference.probabilities(window) }),
  });
  const { data: first } = inference.prediction().labelMap;
  const [background] = inference.probabilities({ x: 0, y: 0, width: frame.width, height: frame.height });
  // Pixels that the person's corrections changed are not in doubt any more.
  const expectedDice = expectedDiceOf(background!, map, (pixel) => map.data[pixel] !== first[pixel]);
  return { mask: encodeLabelMap(map), expectedDice };
}

/** The model that registers, kept open while one pair after the other is looked at. */
class Registrations {
  #open: { key: string; registrar: Registrar } | null = null;

  async of({ model, device }: InferenceTask): Promise<Registrar> {
    if (this.#open?.key === model.key) return this.#open.registrar;
    if (model.onnx === null) throw new Error(`inference: model ${model.key} was never sent.`);
    await this.#open?.registrar.release();
    this.#open = null;
    const chosen = await chooseDevice(device as Device);
    const { openRegistrar } = findMethod(model.method);
    if (openRegistrar === undefined) {
      throw new Problem({
        code: "bad-request",
        title: "The model registers no images.",
        detail: `It was trained with ${model.method}.`,
        hint: "Choose a model of RegGAN.",
      });
    }
    const registrar = await openRegistrar(model.onnx, chosen.device);
    this.#open = { key: model.key, registrar };
    return registrar;
  }
}

/** The open model, and what it said of the latest frames. */
class Inferences {
  #model: OpenModel | null = null;
  /** A Map keeps insertion order: the first key is the one unused for longest. */
  readonly #kept = new Map<string, Inference>();

  async of(task: InferenceTask, frame: Frame): Promise<{ inference: Inference; classes: number[] }> {
    const { predictor } = await this.#open(task);
    requireKnownClasses(predictor, task.model.classes);
    const classes = predictor.classes.map(({ value }) => value);
    const inference = this.#kept.get(task.frameKey) ?? (await predictor.infer(frame));
    this.#kept.delete(task.frameKey);
    this.#kept.set(task.frameKey, inference);
    let bytes = [...this.#kept.values()].reduce((sum, each) => sum + each.bytes, 0);
    for (const [key, each] of this.#kept) {
      if (each === inference || (this.#kept.size <= MAX_KEPT && bytes <= MAX_KEPT_BYTES)) break;
      this.#kept.delete(key);
      bytes -= each.bytes;
    }
    return { inference, classes };
  }

  async #open({ model, device }: InferenceTask): Promise<OpenModel> {
    if (this.#model?.key === model.key) return this.#model;
    if (model.onnx === null) throw new Error(`inference: model ${model.key} was never sent.`);
    await this.#model?.predictor.release();
    this.#model = null;
    this.#kept.clear();
    const chosen = await chooseDevice(device as Device);
    const predictor = await findMethod(model.method).openPredictor(model.onnx, chosen.device);
    return (this.#model = { key: model.key, predictor });
  }
}
