/** @file Whether a translation may begin with the networks of an earlier one. */
import type { State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { mismatch } from "../segmentation-model/start.ts";
import { readTranslation } from "./model-file.ts";
import { type Mode, registers } from "./modes.ts";
import type { TranslationShape } from "./networks.ts";

/** All networks of the model. Throws `Problem` where it is of another mode or size. */
export function startFrom(weights: Uint8Array, wanted: { mode: Mode; shape: TranslationShape }): State {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { mode, shape } = readTranslation(metadata);
  if (mode !== wanted.mode) throw mismatch(`Mode: it has ${mode}; the setting is ${wanted.mode}.`);
  for (const key of Object.keys(wanted.shape) as (keyof TranslationShape)[]) {
    if (key === "registration" && !registers(mode)) continue;
    const [has, asked] = [JSON.stringify(shape[key]), JSON.stringify(wanted.shape[key])];
    if (has !== asked) throw mismatch(`${key}: it has ${has}; the settings ask for ${asked}.`);
  }
  return tensors as State;
}
