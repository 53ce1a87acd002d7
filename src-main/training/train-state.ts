/** @file What a training needs to continue as if it had never stopped: every state of the store, as one safetensors file. */
import { decodeSafetensors, encodeSafetensors } from "../engine/safetensors.ts";

export interface StateValue {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export interface TrainState {
  /** Parameters, moments, averages and step counters by name, as the store's `state()` gives and `restore` takes them. */
  readonly states: Readonly<Record<string, StateValue>>;
  /** The host's side: sampler position, seed, recipe. Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

const FORMAT = "aliquot.train-state";
const VERSION = "1";

/** safetensors bytes; every bit of every number is kept. By name: a resumed training makes its states in another order. */
export function encodeTrainState({ states, metadata }: TrainState): Uint8Array<ArrayBuffer> {
  const byName = Object.entries(states).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return encodeSafetensors({
    tensors: Object.fromEntries(byName),
    metadata: { ...metadata, format: FORMAT, version: VERSION },
  });
}

/** Throws if the bytes are not a safetensors file, or not one of ours. */
export function decodeTrainState(bytes: Uint8Array): TrainState {
  const file = decodeSafetensors(bytes);
  const { format, version, ...metadata } = file.metadata;
  if (format !== FORMAT || version !== VERSION) {
    throw new Error(
      `train state: expected ${FORMAT} version ${VERSION}, got ${format ?? "no format"} version ${version ?? "?"}.`,
    );
  }
  const states: Record<string, StateValue> = Object.create(null) as Record<string, StateValue>;
  for (const [name, { shape, data }] of Object.entries(file.tensors)) {
    if (!(data instanceof Float32Array)) throw new Error(`train state: ${name}: expected float32.`);
    states[name] = { shape, data };
  }
  return { states, metadata };
}

/** Updates done so far by the step called `name`; 0 before the first. */
export function stepCount({ states }: Pick<TrainState, "states">, name = "train"): number {
  return states[`${name}.step`]?.data[0] ?? 0;
}
