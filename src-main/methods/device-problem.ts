/** @file What a person is told of a device that was asked for by name and is not there. */
import { DeviceUnavailableError } from "../engine/runtime/index.ts";
import { Problem } from "../problem/index.ts";

/** null: another error. */
export function deviceProblem(error: unknown): Problem | null {
  if (!(error instanceof DeviceUnavailableError)) return null;
  const { device, offered } = error;
  return new Problem(
    {
      code: "bad-request",
      title: `The device "${device}" cannot be used on this computer.`,
      detail: `ONNX Runtime offers here: ${offered.join(", ")}.`,
      hint: 'Choose the device "cpu" or "auto".',
    },
    { cause: error },
  );
}
