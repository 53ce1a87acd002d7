/** @file What a model that was trained on a backbone says of itself, in the metadata of its weights. */
import { Problem } from "../../../problem/index.ts";
import type { TrainedClass } from "../../start-request.ts";
import { SCHEDULE } from "../model-file.ts";
import type { ValueRange } from "../pictures.ts";
import { METHOD } from "../shape.ts";
import type { BackboneShape } from "./compact-programs.ts";
import type { BackboneRecord } from "./record.ts";

/** Of the vectors of prompt and empty text, among the tensors of a model. */
export const CONTEXTS = "backbone.contexts";

const FORMAT = "backbone-1";

export interface CompactDescription {
  shape: BackboneShape;
  backbone: BackboneRecord;
  classes: readonly TrainedClass[];
  range: ValueRange;
}

export function describeCompact({ shape, backbone, classes, range }: CompactDescription): Record<string, string> {
  return {
    method: METHOD,
    format: FORMAT,
    schedule: SCHEDULE,
    predicts: "eps",
    shape: JSON.stringify(shape),
    backbone: JSON.stringify(backbone),
    classes: JSON.stringify(
      classes.map(({ value, name, color }) => (color === undefined ? { value, name } : { value, name, color })),
    ),
    range: JSON.stringify(range),
  };
}

/** Whether a model of siamese-diffusion was trained on a backbone. */
export const isOnBackbone = ({ format }: Readonly<Record<string, string>>): boolean => format === FORMAT;

/** Throws `Problem` "unsupported-file" where the metadata is not of such a model. */
export function readCompact(metadata: Readonly<Record<string, string>>): CompactDescription {
  const { method, schedule, shape, backbone, classes, range } = metadata;
  if (method === METHOD && isOnBackbone(metadata) && schedule === SCHEDULE && shape && backbone && classes && range) {
    return {
      shape: JSON.parse(shape) as BackboneShape,
      backbone: JSON.parse(backbone) as BackboneRecord,
      classes: JSON.parse(classes) as TrainedClass[],
      range: JSON.parse(range) as ValueRange,
    };
  }
  throw new Problem({
    code: "unsupported-file",
    title: "The model was not trained on a backbone.",
    detail: `Expected metadata method = ${METHOD}, format = ${FORMAT}, schedule = ${SCHEDULE}, with shape, backbone, classes and range.`,
    hint: "Choose a model that was trained with siamese-diffusion on this backbone.",
  });
}
