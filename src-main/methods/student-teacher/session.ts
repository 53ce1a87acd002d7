/** @file A training of a student and its teacher under way: stages, validation, checkpoints, models. */
import { type CompiledProgram, scalars, type State } from "../../engine/runtime/index.ts";
import { encodeSafetensors } from "../../engine/safetensors.ts";
import { compileStep } from "../../training/index.ts";
import type { StartRequest } from "../start-request.ts";
import type { ReviewedNetwork } from "../trained-models.ts";
import type { Judge, TrainingSession } from "../training-session.ts";
import { describeModel, type ModelDescription } from "../segmentation-model/model-file.ts";
import { givenWeights, openTrainingStore } from "../training-store.ts";
import { cleanStatistics } from "./clean-statistics.ts";
import type { TrainingImages } from "./images.ts";
import { type NetworkShape, predictionOf } from "./networks.ts";
import type { SharedSettings } from "./settings.ts";
import { type Stage, TRAIN } from "./stages.ts";

export interface Training {
  request: Pick<StartRequest, "cases" | "classes" | "seed" | "device" | "resume" | "profile" | "tuning" | "resources">;
  settings: SharedSettings;
  description: ModelDescription;
  shape: NetworkShape;
  images: TrainingImages;
  /** In order. The teacher is trained in the last one alone; before it, it follows no one. */
  stages: readonly Stage[];
  /** Whether moments of the optimizer go from one stage to the next. */
  keepsMoments: boolean;
  /** What `weights` of another training gave. */
  from: State | null;
}

/** In checkpoints: states of the best step of a stage that is not over. */
const BEST = "best:";

export async function startStages(training: Training): Promise<TrainingSession> {
  const { request, settings, shape, images, stages } = training;
  const { seed } = request;
  const { store, compile, saved, ...opened } = openTrainingStore(request, { isTuned: settings.tune });
  const position = readPosition(saved?.metadata ?? {});

  /** Of the stages still to come, so that too little memory is known before the first step. */
  const compiled = new Map<Stage, CompiledStage>();
  for (const stage of stages.slice(position.stage)) {
    const beside: Record<string, CompiledProgram> = {};
    const train = (await compileStep({ compile }, stage.train)) as CompiledProgram;
    for (const [name, program] of Object.entries(stage.beside)) beside[name] = await compile(program);
    compiled.set(stage, { train, beside });
  }
  const batch = images.validationBatch;
  const predictions = {
    student: await compile(predictionOf("student", shape, batch)),
    teacher: await compile(predictionOf("teacher", shape, batch)),
  };
  const statistics = settings.cleanStatistics ? await cleanStatistics(store, training) : null;

  let { stage: stageIndex, stageStep, best } = position;
  if (saved !== null) {
    const { present, kept } = splitStates(saved.states);
    await store.restore(present);
    if (best !== null) best = { ...best, states: kept };
  } else if (training.from !== null) {
    await store.restore(withTeacher(training.from));
  }
  const stepsBefore = (index: number) => stages.slice(0, index).reduce((sum, { steps }) => sum + steps, 0);
  const steps = stepsBefore(stages.length);
  const isLastStage = () => stageIndex === stages.length - 1;
  const step = () => stepsBefore(stageIndex) + stageStep;

  /** Into the next stage: from the best step of this one, or from the last, with a teacher that is a copy of the student. */
  const enterNext = async (): Promise<void> => {
    const states = await store.state();
    const chosen = settings.keep === "best" && best !== null ? best.states : states;
    const student = only(chosen, "student.");
    const moments = Object.entries(only(chosen, `${TRAIN}.`)).map(([name, value]) => {
      return [name, training.keepsMoments ? value : { ...value, data: new Float32Array(value.data.length) }] as const;
    });
    await store.restore({ ...withTeacher(student), ...Object.fromEntries(moments) });
    const over = compiled.get(stages[stageIndex]!);
    await over?.train.release();
    for (const program of Object.values(over?.beside ?? {})) await program.release();
    stageIndex++;
    stageStep = 0;
    best = null;
  };

  const validateWith = (which: ReviewedNetwork) => async (judge: Judge) => {
    const probabilitiesOf = async (image: Float32Array): Promise<Float32Array> => {
      const { probabilities } = await predictions[which].run({ image });
      return probabilities!.data as Float32Array;
    };
    const look = (): Promise<void> => images.validate(probabilitiesOf, judge);
    await (statistics === null ? look() : statistics.during(which, step(), look));
  };

  /** Of both networks; before there is a teacher, it is the student. */
  const networkWeights = async (): Promise<State> => {
    const all = await store.state();
    const both = isLastStage()
      ? { ...only(all, "student."), ...only(all, "teacher.") }
      : withTeacher(only(all, "student."));
    if (statistics === null) return both;
    const clean = await Promise.all((["student", "teacher"] as const).map((which) => statistics.of(which, step())));
    return { ...both, ...clean[0], ...clean[1] };
  };
  const deployed = (): ReviewedNetwork => (isLastStage() ? settings.deploy : "student");
  const about = (): Record<string, string> => ({
    ...describeModel(training.description),
    stage: stages[stageIndex]!.name,
    step: String(step()),
    seed: String(seed),
    settings: JSON.stringify(settings),
  });

  return {
    steps,
    get step() {
      return step();
    },
    validateEvery: settings.validateEvery,
    get isCandidate() {
      return isLastStage() && (settings.keep === "best" || step() === steps);
    },
    async runStep() {
      if (!isLastStage() && stageStep === stages[stageIndex]!.steps) await enterNext();
      const stage = stages[stageIndex]!;
      const { train, beside } = compiled.get(stage)!;
      const { feeds, figures = {} } = await stage.material(stageStep, beside);
      const outputs = await train.run({ ...feeds, learningRate: stage.rate(stageStep) });
      stageStep++;
      const { total, ...terms } = scalars(outputs);
      return { loss: total!, ...terms, ...figures };
    },
    ...(images.judgesVolumes === true && { judgesVolumes: true }),
    validate: (judge) => validateWith(deployed())(judge),
    get alsoValidate() {
      const other = settings.deploy === "student" ? "teacher" : "student";
      return isLastStage() ? { [other]: validateWith(other) } : {};
    },
    async validated(score) {
      if (isLastStage() || settings.keep !== "best") return;
      if (best !== null && score !== null && score <= (best.score ?? -1)) return;
      const all = await store.state();
      best = { score, states: { ...only(all, "student."), ...only(all, `${TRAIN}.`) } };
    },
    async checkpoint() {
      const kept = Object.entries(best?.states ?? {}).map(([name, value]) => [`${BEST}${name}`, value] as const);
      const position = writePosition({ stage: stageIndex, stageStep, best });
      return opened.checkpoint({ ...about(), ...position }, Object.fromEntries(kept));
    },
    weights: async () => encodeSafetensors({ tensors: await networkWeights(), metadata: about() }),
    async exportOnnx({ weights, about: more = {} } = {}) {
      const { states, metadata } = givenWeights(weights);
      const told = { ...more, ...about(), ...metadata, network: deployed() };
      return opened.exportOnnx(predictionOf(deployed(), shape, batch), states ?? (await networkWeights()), told);
    },
    release: () => store.release(),
  };
}

interface CompiledStage {
  train: CompiledProgram;
  beside: Record<string, CompiledProgram>;
}

interface Position {
  /** Index into the stages. */
  stage: number;
  /** Updates done in it. */
  stageStep: number;
  best: { score: number | null; states: State } | null;
}

function writePosition({ stage, stageStep, best }: Position): Record<string, string> {
  const written = { position: JSON.stringify({ stage, stageStep }) };
  return best === null ? written : { ...written, bestScore: JSON.stringify(best.score) };
}

function readPosition(metadata: Readonly<Record<string, string>>): Position {
  const { position = '{"stage":0,"stageStep":0}', bestScore } = metadata;
  return {
    ...(JSON.parse(position) as Pick<Position, "stage" | "stageStep">),
    best: bestScore === undefined ? null : { score: JSON.parse(bestScore) as number | null, states: {} },
  };
}

/** The states whose names begin so. */
function only(states: State, ...starts: string[]): State {
  return Object.fromEntries(Object.entries(states).filter(([name]) => starts.some((start) => name.startsWith(start))));
}

/** The student's states and the same as the teacher's; a teacher that is there already stays. */
function withTeacher(states: State): State {
  const copies = Object.entries(only(states, "student.")).map(([name, value]) => {
    return [name.replace(/^student\./, "teacher."), value] as const;
  });
  return { ...Object.fromEntries(copies), ...states };
}

function splitStates(states: State): { present: State; kept: State } {
  const kept = Object.entries(only(states, BEST)).map(([name, value]) => [name.slice(BEST.length), value] as const);
  const present = Object.entries(states).filter(([name]) => !name.startsWith(BEST));
  return { present: Object.fromEntries(present), kept: Object.fromEntries(kept) };
}
