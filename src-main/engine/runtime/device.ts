/** @file Which execution providers a session gets. */
import { listSupportedBackends } from "onnxruntime-node";

export type Device = "cpu" | "webgpu" | "cuda" | "dml" | "coreml" | "auto";

export const DEVICES: readonly Device[] = ["auto", "cpu", "webgpu", "cuda", "dml", "coreml"];

/** A device that was asked for by name is not there. The message says what is, and what to do. */
export class DeviceUnavailableError extends Error {
  override readonly name = "DeviceUnavailableError";
  readonly device: Device;

  constructor(device: Device, reason: string, options?: ErrorOptions) {
    super(
      `device ${device}: not available: ${reason} This build offers: ${offered().join(", ")}. Use --device cpu or auto.`,
      options,
    );
    this.device = device;
  }
}

function offered(): string[] {
  return listSupportedBackends().map(({ name }) => name);
}

/**
 * Provider names for a session, first choice first. `auto` is the CPU: a listed provider is compiled in, which does not
 * say that the machine has such a device, and a software GPU would be slower than the CPU.
 */
export function executionProviders(device: Device): string[] {
  if (device === "cpu" || device === "auto") return ["cpu"];
  if (!offered().includes(device)) {
    throw new DeviceUnavailableError(device, "ONNX Runtime was built without it for this platform.");
  }
  return [device, "cpu"];
}
