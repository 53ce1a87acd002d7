/**
 * @file Copies float32 tensors between host and device, through graphs of one Identity: reading a device tensor by its own
 * `getData` ends the process in onnxruntime-node 1.30, a graph's outputs arrive where they were asked for.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Shape } from "../graph.ts";
import { encodeModel, type OnnxValueInfo } from "../onnx/model.ts";
import type { NamedDevice } from "./device.ts";
import { openSession, toOrtTensor } from "./session.ts";

/** Devices whose outputs can stay there between runs: onnxruntime-node has a name for WebGPU's memory only. */
export function keepsOutputs(device: NamedDevice): boolean {
  return device === "webgpu";
}

/** A device tensor belongs to the session that made it: dispose of it before that session is released. */
export class DeviceMemory {
  readonly #device: NamedDevice;
  /** By direction and rank: a graph's rank is fixed, its sizes are open. */
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  constructor(device: NamedDevice) {
    this.#device = device;
  }

  /** The tensor's numbers, in memory of the caller's. */
  async read(tensor: OrtTensor): Promise<Float32Array<ArrayBuffer>> {
    if (tensor.location === "cpu") return Float32Array.from(tensor.data as Float32Array);
    const session = await this.#session("toHost", tensor.dims.length);
    const { value } = await session.run({ state: tensor });
    return Float32Array.from(value!.data as Float32Array);
  }

  /** A device tensor with these numbers. */
  async write(data: Float32Array, shape: Shape): Promise<OrtTensor> {
    const session = await this.#session("toDevice", shape.length);
    const { value } = await session.run({ state: toOrtTensor("state", data, { shape, dtype: "float32" }) });
    return value as OrtTensor;
  }

  /** Frees the sessions. Tensors made by `write` must be disposed of before. */
  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).release();
  }

  #session(direction: "toHost" | "toDevice", rank: number): Promise<InferenceSession> {
    const key = `${direction}${rank}`;
    const known = this.#sessions.get(key);
    if (known) return known;
    const shape = Array.from({ length: rank }, (_, axis) => `size${axis}`);
    const port = (name: string): OnnxValueInfo => ({ name, dtype: "float32", shape });
    const model = encodeModel({
      name: "copy",
      nodes: [{ type: "Identity", domain: "", name: "copy", inputs: ["state"], outputs: ["value"], attributes: {} }],
      initializers: [],
      inputs: [port("state")],
      outputs: [port("value")],
      metadata: {},
    });
    const session = openSession(model, {
      device: this.#device,
      onDevice: direction === "toDevice" ? ["value"] : [],
    });
    this.#sessions.set(key, session);
    return session;
  }
}
