/** @file Runs an ONNX inference model from bytes, ours or another tool's. */
import type { Tensor as OrtTensor } from "onnxruntime-node";
import type { Dtype, TensorType } from "../graph.ts";
import { readModel } from "../onnx/read-model.ts";
import { chooseDevice, type Device } from "./device.ts";
import { fromOrtTensor, openSession, toOrtTensor, type Feed, type TensorData } from "./session.ts";

export interface OnnxPort {
  readonly dtype: Dtype;
  /** A string is a symbolic size, e.g. "batch": any size is accepted there. */
  readonly shape: readonly (number | string)[];
}

export interface LoadedOnnx {
  readonly inputs: Readonly<Record<string, OnnxPort>>;
  readonly outputs: Readonly<Record<string, OnnxPort>>;
  /** The model's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Inputs with symbolic sizes need `{ shape, data }`; others may be a bare array. */
  run(
    feeds: Readonly<Record<string, Feed | { shape: readonly number[]; data: Feed }>>,
  ): Promise<Record<string, TensorData>>;
  release(): Promise<void>;
}

/** Opens a model. Throws if the bytes are not ONNX or name other files, or the device is not there. */
export async function loadOnnx(bytes: Uint8Array, device: Device = "auto"): Promise<LoadedOnnx> {
  const { metadata } = readModel(bytes);
  return loaded(await openSession(bytes, { device: (await chooseDevice(device)).device }), metadata);
}

/**
 * Opens a model where it lies, with the files that it keeps numbers in: they were looked at before (`externalLocations`). Its metadata is not read. A
 * damaged file may take the process down: for processes that may be lost.
 */
export async function openOnnxFile(
  path: string,
  { device = "auto", threads }: { device?: Device; threads?: number | undefined } = {},
): Promise<LoadedOnnx> {
  return loaded(await openSession({ path }, { device: (await chooseDevice(device)).device, threads }), {});
}

function loaded(session: Awaited<ReturnType<typeof openSession>>, metadata: LoadedOnnx["metadata"]): LoadedOnnx {
  const ports = (values: typeof session.inputMetadata): Record<string, OnnxPort> =>
    Object.fromEntries(
      values.map((value) => {
        if (!value.isTensor) throw new Error(`onnx: ${value.name} is not a tensor; only tensors are supported.`);
        return [value.name, { dtype: value.type as Dtype, shape: value.shape }];
      }),
    );
  const inputs = ports(session.inputMetadata);
  return {
    inputs,
    outputs: ports(session.outputMetadata),
    metadata,
    run: async (feeds) => {
      const given: Record<string, OrtTensor> = {};
      for (const [name, port] of Object.entries(inputs)) {
        const feed = feeds[name];
        if (feed === undefined)
          throw new Error(`onnx: input ${name} is missing; given: ${Object.keys(feeds).join(", ")}.`);
        const isShaped = typeof feed === "object" && "shape" in feed;
        const type = { dtype: port.dtype, shape: isShaped ? feed.shape : port.shape };
        const known = type.shape.every((size) => typeof size === "number");
        if (!known)
          throw new Error(`onnx: input ${name} has symbolic sizes [${port.shape.join(", ")}]: give { shape, data }.`);
        given[name] = toOrtTensor(`onnx: input ${name}`, isShaped ? feed.data : feed, type as TensorType);
      }
      const results = await session.run(given);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [name, fromOrtTensor(tensor as OrtTensor)]),
      );
    },
    release: () => session.release(),
  };
}
