/** @file Which execution providers a session gets, and which device `auto` is. */
import { listSupportedBackends } from "onnxruntime-node";
import { type DeviceFinding, findObstacle, probeDevice, type ProbedDevice } from "./probe.ts";

export type Device = "cpu" | "webgpu" | "cuda" | "dml" | "coreml" | "auto";
export type NamedDevice = Exclude<Device, "auto">;

export const DEVICES: readonly Device[] = ["auto", "cpu", "webgpu", "cuda", "dml", "coreml"];

/** What `auto` prefers: makers' own libraries before the one that serves all. No machine has both dml and coreml. */
const PREFERENCE: readonly ProbedDevice[] = ["cuda", "dml", "coreml", "webgpu"];

/** Where to compute, and why there: what was found of each device that was looked at, for the person who waits. */
export interface DeviceChoice {
  readonly device: NamedDevice;
  readonly reason: readonly DeviceFinding[];
}

/** A device that was asked for by name is not there. The message says what is, and what to do. */
export class DeviceUnavailableError extends Error {
  override readonly name = "DeviceUnavailableError";
  readonly device: Device;
  /** Devices that this build of ONNX Runtime has. */
  readonly offered: string[];

  constructor(device: Device, reason: string, options?: ErrorOptions) {
    const present = offered();
    super(
      `device ${device}: not available: ${reason} This build offers: ${present.join(", ")}. Use --device cpu or auto.`,
      options,
    );
    this.device = device;
    this.offered = present;
  }
}

function offered(): string[] {
  return listSupportedBackends().map(({ name }) => name);
}

/**
 * A named device as it is, if this build offers it. `auto`: the first of cuda, dml, coreml, webgpu that the machine has in
 * hardware and that is faster than the processor at a small training step; else the CPU, with what stood against each.
 */
export async function chooseDevice(asked: Device): Promise<DeviceChoice> {
  if (asked !== "auto") {
    executionProviders(asked);
    return { device: asked, reason: [] };
  }
  const builtIn = offered();
  const reason: DeviceFinding[] = [];
  for (const device of PREFERENCE.filter((one) => builtIn.includes(one))) {
    const obstacle = findObstacle(device);
    if (obstacle !== null) {
      reason.push(obstacle);
      continue;
    }
    const { isUsable, finding } = await probeDevice(device);
    reason.push(finding);
    if (isUsable) return { device, reason };
  }
  return { device: "cpu", reason: [...reason, { text: "using cpu", values: {} }] };
}

/** Provider names for a session, first choice first. Throws `DeviceUnavailableError` where this build lacks the device. */
export function executionProviders(device: NamedDevice): string[] {
  if (device === "cpu") return ["cpu"];
  if (!offered().includes(device)) {
    throw new DeviceUnavailableError(device, "ONNX Runtime was built without it for this platform.");
  }
  return [device, "cpu"];
}
