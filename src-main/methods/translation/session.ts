/**
 * @file A training that translates, of any mode: pairs in, updates of all networks, validation, checkpoints. Four streams of random numbers, so that two modes
 * with one seed begin with the same generator and see the same pairs, moved in the same way: initial weights, order, misalignment, replay.
 */
import type { State } from "../../engine/runtime/index.ts";
import { encodeSafetensors } from "../../engine/safetensors.ts";
import type { Modalities, StartRequest } from "../start-request.ts";
import type { TrainingSession } from "../training-session.ts";
import { givenWeights, openTrainingStore, statesOf } from "../training-store.ts";
import { describeTranslation, type TranslationMethod } from "./model-file.ts";
import { type Mode, registers } from "./modes.ts";
import { NETWORKS } from "./networks.ts";
import { openPictures } from "./pictures.ts";
import { networksOf, type ProgramOptions, registrationProgram, translationProgram } from "./programs.ts";
import { readReplayed, writeReplayed } from "./replay-state.ts";
import { shapeOf, type TranslationSettings, weightsOf } from "./settings.ts";
import { startFrom } from "./start.ts";
import { openUpdates } from "./updates.ts";
import { judgeTranslations } from "./validation.ts";

export type TranslationRequest = Omit<StartRequest, "settings"> & {
  method: TranslationMethod;
  mode: Mode;
  settings: TranslationSettings;
};

const UNNAMED: Modalities = { source: "source", target: "target", kind: "paired" };

export async function startTranslation(request: TranslationRequest): Promise<TrainingSession> {
  const { method, mode, seed, settings, modalities = UNNAMED } = request;
  const { batchSize, steps } = settings;
  const shape = shapeOf(settings, mode);
  const slices = shape.sourceChannels;
  const options: ProgramOptions = { mode, shape, weights: weightsOf(settings), batchSize };
  const begun = request.from === undefined ? null : startFrom(request.from, { mode, shape });
  const { store, compile, saved, ...opened } = openTrainingStore(request);
  const { states, replayed } = saved === null ? { states: null, replayed: undefined } : readReplayed(saved.states);
  let step = Number(saved?.metadata["position"] ?? 0);
  const pictures = openPictures(request, { ...settings, slices });
  if (pictures.count === 0) throw new Error(`${method}: no pair to train.`);
  // What memory it takes hangs on no pixel.
  const remarks = request.resources?.isPlanOnly === true ? [] : await pictures.prepare();

  const updates = await openUpdates(compile, options, { seed, ...(replayed !== undefined && { replayed }) });
  const translate = await compile(translationProgram(shape, 1));
  const register = registers(mode) ? await compile(registrationProgram(shape, 1)) : null;
  if (begun !== null) await store.restore(begun);
  if (states !== null) await store.restore(states);

  const about = (): Record<string, string> => ({
    ...describeTranslation({ method, mode, shape, modalities }),
    step: String(step),
    seed: String(seed),
    settings: JSON.stringify(settings),
  });
  const { learning, judging } = networksOf(mode);
  /** All of them: the registration shows misalignment later, the discriminators are what a further training begins with. */
  const networks = async (): Promise<State> => {
    const own = Object.entries(statesOf(await store.state(), ...learning, ...judging));
    return Object.fromEntries(own.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };

  return {
    steps,
    remarks,
    get step() {
      return step;
    },
    validateEvery: settings.validateEvery,
    get isCandidate() {
      return settings.keep === "best" || step === steps;
    },
    async runStep() {
      const figures = await updates.step(await pictures.batch(step), step, settings.learningRate);
      step++;
      return figures;
    },
    validate: (_judge, show, _shown, compare) =>
      judgeTranslations({ pictures, size: settings.size, slices, translate, register }, show, compare),
    checkpoint: () => opened.checkpoint({ ...about(), position: String(step) }, writeReplayed(updates.replayed)),
    weights: async () => encodeSafetensors({ tensors: await networks(), metadata: about() }),
    async exportOnnx({ weights, about: more = {} } = {}) {
      const { states, metadata } = givenWeights(weights);
      const forward = states === null ? null : statesOf(states, NETWORKS.forward);
      const told = { ...more, ...about(), ...metadata, purpose: PURPOSE };
      return opened.exportOnnx(translationProgram(shape, 1), forward, told);
    },
    release: () => store.release(),
  };
}

/** For those who translate with the ONNX file elsewhere. */
const PURPOSE =
  "image translation: source [1, slices, size, size] in [-1, 1], -1 background, 1 the 99.5th percentile of its series -> image in [-1, 1]";
