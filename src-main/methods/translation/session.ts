/**
 * @file A training that translates, of any mode: pairs in, updates of all networks, validation, checkpoints. Four streams of random numbers, so that two modes
 * with one seed begin with the same generator and see the same pairs, moved in the same way: initial weights, order, misalignment, replay.
 */
import { type CompiledProgram, type LoweringChoice, ParameterStore, type State } from "../../engine/runtime/index.ts";
import type { Program } from "../../engine/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../engine/safetensors.ts";
import { Random } from "../../random/index.ts";
import { decodeTrainState, encodeTrainState } from "../../training/index.ts";
import type { Modalities, StartRequest, TrainingSession } from "../define-method.ts";
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
  const shape = shapeOf(settings);
  const slices = shape.sourceChannels;
  const options: ProgramOptions = { mode, shape, weights: weightsOf(settings), batchSize };
  const begun = request.from === undefined ? null : startFrom(request.from, { mode, shape });
  const saved = request.resume === undefined ? null : decodeTrainState(request.resume);
  const { states, replayed } = saved === null ? { states: null, replayed: undefined } : readReplayed(saved.states);
  let { step, lowerings } = readPosition(saved?.metadata ?? {});

  const store = new ParameterStore({
    device: request.device,
    profile: request.profile,
    random: (name) => new Random(seed, name),
    ...request.resources,
    lowerings,
  });
  const pictures = openPictures(request, { ...settings, slices });
  if (pictures.count === 0) throw new Error(`${method}: no pair to train.`);
  // What memory it takes hangs on no pixel.
  if (request.resources?.isPlanOnly !== true) await pictures.prepare();

  const compile = async (program: Program): Promise<CompiledProgram> => {
    const one = await store.compile(program);
    lowerings = { ...lowerings, ...one.lowerings };
    return one;
  };
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
    const names = [...learning, ...judging];
    const own = Object.entries(await store.state()).filter(([name]) =>
      names.some((network) => name.startsWith(`${network}.`)),
    );
    return Object.fromEntries(own.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };

  return {
    steps,
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
    async checkpoint() {
      const position = { position: String(step), lowerings: JSON.stringify(lowerings) };
      return encodeTrainState({
        states: { ...(await store.state()), ...writeReplayed(updates.replayed) },
        metadata: { ...about(), ...position },
      });
    },
    weights: async () => encodeSafetensors({ tensors: await networks(), metadata: about() }),
    async exportOnnx({ weights, about: more = {} } = {}) {
      const given = weights === undefined ? null : decodeSafetensors(weights);
      const metadata = { ...more, ...about(), ...given?.metadata, purpose: PURPOSE };
      const exporting = new ParameterStore({ device: "cpu", random: (name) => new Random(seed, name) });
      const tensors = (given?.tensors as State | undefined) ?? (await networks());
      const forward = Object.entries(tensors).filter(([name]) => name.startsWith(`${NETWORKS.forward}.`));
      await exporting.restore(Object.fromEntries(forward));
      const onnx = await exporting.exportOnnx(translationProgram(shape, 1), { metadata });
      await exporting.release();
      return onnx;
    },
    release: () => store.release(),
  };
}

/** For those who translate with the ONNX file elsewhere. */
const PURPOSE =
  "image translation: source [1, slices, size, size] in [-1, 1], -1 background, 1 the 99.5th percentile of its series -> image in [-1, 1]";

interface Position {
  step: number;
  lowerings: LoweringChoice;
}

function readPosition({ position = "0", lowerings = "{}" }: Readonly<Record<string, string>>): Position {
  return { step: Number(position), lowerings: JSON.parse(lowerings) as LoweringChoice };
}
