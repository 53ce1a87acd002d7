/** @file What a model that translates says of itself, in the metadata of its weights. */
import { Problem } from "../../problem/index.ts";
import type { Modalities } from "../start-request.ts";
import { TRANSLATION_INTENSITIES } from "./intensities.ts";
import { type Mode, MODES } from "./modes.ts";
import type { TranslationShape } from "./networks.ts";

/** Stored in files: never rename. */
export type TranslationMethod = "reggan" | "cyclegan";

export interface TranslationDescription {
  method: TranslationMethod;
  mode: Mode;
  shape: TranslationShape;
  modalities: Modalities;
}

const FORMAT = "1";
const methods: readonly string[] = ["reggan", "cyclegan"] satisfies TranslationMethod[];

export function describeTranslation({
  method,
  mode,
  shape,
  modalities,
}: TranslationDescription): Record<string, string> {
  return {
    method,
    translation: FORMAT,
    mode,
    shape: JSON.stringify(shape),
    modalities: JSON.stringify(modalities),
    intensities: TRANSLATION_INTENSITIES,
  };
}

/** Throws `Problem` "unsupported-file" where the metadata is not of such a model. */
export function readTranslation(metadata: Readonly<Record<string, string>>): TranslationDescription {
  const { method = "", translation, mode, shape, modalities, intensities } = metadata;
  const isOurs = methods.includes(method) && translation === FORMAT && intensities === TRANSLATION_INTENSITIES;
  const known = MODES.find((each) => each === mode);
  if (!isOurs || known === undefined || shape === undefined || modalities === undefined) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model translates no images.",
      detail: method === "" ? "Its file does not say what made it." : `It was made by ${method}.`,
      hint: "Choose a model that was trained with reggan or cyclegan.",
    });
  }
  return {
    method: method as TranslationMethod,
    mode: known,
    shape: JSON.parse(shape) as TranslationShape,
    modalities: JSON.parse(modalities) as Modalities,
  };
}
