/** @file What every training opens alike: the store of its parameters, programs compiled into it, and how they compute, which its checkpoints keep. */
import { type CompiledProgram, type LoweringChoice, ParameterStore, type State } from "../engine/runtime/index.ts";
import { decodeSafetensors } from "../engine/safetensors.ts";
import { Random } from "../random/index.ts";
import { decodeTrainState, encodeTrainState } from "../training/index.ts";
import type { StartRequest } from "./start-request.ts";

type Stored = ParameterStore["compile"] extends (program: infer P) => unknown ? P : never;
/** Compiles a program into the store of a training. */
export type Compile = (program: Stored) => Promise<CompiledProgram>;

export interface TrainingStore {
  store: ParameterStore;
  compile: Compile;
  /** What `resume` held, beside what the store takes by itself; null at a start. */
  saved: { states: State; metadata: Readonly<Record<string, string>> } | null;
  /** All states as a checkpoint, those of `more` among them. */
  checkpoint(metadata: Readonly<Record<string, string>>, more?: State): Promise<Uint8Array>;
  /** An inference model of `program` with these states instead of the present ones, which are there again afterwards. */
  exportOnnx(program: Stored, states: State | null, metadata: Readonly<Record<string, string>>): Promise<Uint8Array>;
}

/** A resumed training computes in the same ways as before, and so the same bits; a new one may time them first, with `isTuned`. */
export function openTrainingStore(
  request: Pick<StartRequest, "seed" | "device" | "profile" | "resume" | "resources" | "tuning">,
  { isTuned = false }: { isTuned?: boolean } = {},
): TrainingStore {
  const { seed, device, profile, tuning } = request;
  const saved = request.resume === undefined ? null : decodeTrainState(request.resume);
  // Checkpoints of the first versions hold none.
  let lowerings = JSON.parse(saved?.metadata["lowerings"] ?? "{}") as LoweringChoice;
  const store = new ParameterStore({
    device,
    profile,
    random: (name) => new Random(seed, name),
    ...request.resources,
    lowerings,
    ...(isTuned && saved === null && tuning !== undefined ? { tuning: { cache: tuning } } : {}),
  });
  return {
    store,
    saved: saved === null ? null : { states: saved.states as State, metadata: saved.metadata },
    async compile(program) {
      const compiled = await store.compile(program);
      lowerings = { ...lowerings, ...compiled.lowerings };
      return compiled;
    },
    async checkpoint(metadata, more = {}) {
      return encodeTrainState({
        states: { ...(await store.state()), ...more },
        metadata: { ...metadata, lowerings: JSON.stringify(lowerings) },
      });
    },
    async exportOnnx(program, states, metadata) {
      if (states === null) return store.exportOnnx(program, { metadata });
      const present = await store.state();
      await store.restore(states);
      try {
        return await store.exportOnnx(program, { metadata });
      } finally {
        await store.restore(present);
      }
    },
  };
}

/** What `weights` of a session gave; null for the present ones. */
export function givenWeights(weights: Uint8Array | undefined): {
  states: State | null;
  metadata: Readonly<Record<string, string>>;
} {
  if (weights === undefined) return { states: null, metadata: {} };
  const { tensors, metadata } = decodeSafetensors(weights);
  return { states: tensors as State, metadata };
}

/** The states of these networks, by the first part of their names. */
export function statesOf(states: State, ...networks: readonly string[]): State {
  return Object.fromEntries(
    Object.entries(states).filter(([name]) => networks.some((network) => name.startsWith(`${network}.`))),
  );
}
