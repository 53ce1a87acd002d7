/** @file One ONNX Runtime session: bytes in, typed arrays in and out. The only place that touches sessions and tensors. */
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { describe, sameShape, sizeOf, type Dtype, type Shape, type TensorType } from "../graph.ts";
import { encodeModel, type OnnxModel } from "../onnx/model.ts";
import { fromFloat16, toFloat16 } from "../onnx/float16.ts";
import { DeviceUnavailableError, executionProviders, type NamedDevice } from "./device.ts";
import { cpuNodes } from "./webgpu-nodes.ts";

export type TypedArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;
/** Numbers for one input: a typed array of its dtype (bool: Uint8Array of 0 and 1), or one number for a scalar. */
export type Feed = TypedArray | number;
export type Feeds = Readonly<Record<string, Feed>>;

/** Numbers of one output; the caller owns them. */
export interface TensorData extends TensorType {
  readonly data: TypedArray;
}

export interface SessionOptions {
  device: NamedDevice;
  /** Outputs that stay in the device's memory; all others come to the host. */
  onDevice?: readonly string[] | undefined;
  /** Threads within one operator; default: what ONNX Runtime chooses (the physical cores). Bits may depend on it (README). */
  threads?: number | undefined;
  /** Path prefix of a per-operator timing report (JSON). */
  profilePrefix?: string | undefined;
}

/** Read by ONNX Runtime itself, with the files beside it that it keeps numbers in. */
export interface ModelFile {
  readonly path: string;
}

/** Opens a session; of one of our models with the nodes that the device is known to get wrong on the CPU. Throws `DeviceUnavailableError` when a named device cannot be had. */
export async function openSession(
  model: Uint8Array | OnnxModel | ModelFile,
  options: SessionOptions,
): Promise<InferenceSession> {
  const { device, onDevice = [], threads, profilePrefix } = options;
  const [first, ...others] = executionProviders(device);
  const isOurs = !(model instanceof Uint8Array || "path" in model);
  const forced = device === "webgpu" && isOurs ? cpuNodes(model) : [];
  // onnxruntime-common does not know all options of the Node binding.
  const provider = forced.length === 0 ? first! : ({ name: first!, forceCpuNodeNames: forced } as { name: string });
  try {
    const source = isOurs ? encodeModel(model) : model instanceof Uint8Array ? model : model.path;
    // The binding declares one signature for each kind of source.
    return await InferenceSession.create(source as Uint8Array, {
      executionProviders: [provider, ...others],
      graphOptimizationLevel: "all",
      // One block for all intermediate values takes half as much memory again as the arena, and is no faster (README).
      enableMemPattern: false,
      ...(onDevice.length === 0
        ? {}
        : { preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, "gpu-buffer" as const])) }),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
      // 3: errors only. ONNX Runtime warns about every constant it folds.
      logSeverityLevel: 3,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (device !== "cpu") throw new DeviceUnavailableError(device, `${reason}.`, { cause: error });
    throw error;
  }
}

/** float16 crosses this border as Float32Array: neither every JavaScript has halves, nor should callers care. */
const ARRAY_OF = {
  float32: Float32Array,
  float16: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** A tensor over the caller's array (not copied); `where` names program and input for errors. */
export function toOrtTensor(where: string, feed: Feed, { shape, dtype }: TensorType): OrtTensor {
  const data = typeof feed === "number" ? fromNumber(feed, dtype) : feed;
  if (data === null) throw new Error(`${where}: expected ${ARRAY_OF[dtype].name}, got null.`);
  if (!(data instanceof ARRAY_OF[dtype]) || data.length !== sizeOf(shape)) {
    throw new Error(
      `${where}: expected ${ARRAY_OF[dtype].name} of ${sizeOf(shape)} for ${describe({ shape, dtype })}, got ${data.constructor.name} of ${data.length}.`,
    );
  }
  if (dtype === "float16") {
    // ONNX Runtime's binding reads halves from a Uint16Array only, and its Tensor makes a Float16Array of one where there are such.
    const halves = new OrtTensor("uint16", toFloat16(data as Float32Array), shape);
    return Object.assign(halves, { type: "float16" }) as unknown as OrtTensor;
  }
  return new OrtTensor(dtype as "float32", data as Float32Array, shape);
}

function fromNumber(value: number, dtype: Dtype): TypedArray {
  return dtype === "int64" ? BigInt64Array.of(BigInt(value)) : ARRAY_OF[dtype].of(value);
}

export function fromOrtTensor(tensor: OrtTensor): TensorData {
  const { data } = tensor;
  if (tensor.type === "float16") {
    const halves = data as unknown as Uint16Array; // or a Float16Array over the same bits
    const bits = new Uint16Array(halves.buffer, halves.byteOffset, halves.length);
    return { dtype: "float16", shape: tensor.dims, data: fromFloat16(bits) };
  }
  return { dtype: tensor.type as Dtype, shape: tensor.dims, data: data as TypedArray };
}

/** The numbers among the outputs: those of shape [], e.g. the losses of a step. */
export function scalars(outputs: Readonly<Record<string, TensorData>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { shape, data }]) =>
      sameShape(shape as Shape, []) ? [[name, Number(data[0])]] : [],
    ),
  );
}
