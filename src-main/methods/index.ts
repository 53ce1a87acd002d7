/** @file The methods that can be trained. To add one: its folder, and its line in `methods`. */
import { Problem } from "../problem/index.ts";
import type { Method } from "./define-method.ts";
import { segment } from "./segment/index.ts";

export type {
  ComputeDevice,
  Inference,
  Method,
  Predictor,
  StartRequest,
  TrainedClass,
  TrainingSession,
} from "./define-method.ts";
export type { SettingField, SettingValue } from "./settings.ts";

export const methods: readonly Method[] = [segment];

/** Throws `Problem` "bad-request" when there is no such method. */
export function findMethod(id: string): Method {
  const method = methods.find((one) => one.id === id);
  if (method !== undefined) return method;
  throw new Problem({
    code: "bad-request",
    title: `There is no method ${id}.`,
    detail: `Methods: ${methods.map((one) => one.id).join(", ")}.`,
    hint: "Choose one of them, or update the app if the project was made by a newer one.",
  });
}
