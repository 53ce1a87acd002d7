/** @file Running programs by ONNX Runtime. A door of its own: it loads a native library. */
export { machineName, tune, type TuneOptions, type TuningCache } from "./autotune.ts";
export type { LoweringChoice } from "../lowering.ts";
export { availableMemory, isOutOfMemory, largestText, NotEnoughMemoryError, sizeText } from "./available-memory.ts";
export {
  chooseDevice,
  DEVICES,
  DeviceUnavailableError,
  type Device,
  type DeviceChoice,
  type NamedDevice,
} from "./device.ts";
export type { DeviceFinding } from "./probe.ts";
export { loadOnnx, openOnnxFile, type LoadedOnnx, type OnnxPort } from "./onnx-file.ts";
export { describeOrigin, NonFiniteError, type NonFiniteOrigin, type NonFiniteValue } from "./non-finite.ts";
export type { ProfileRequest } from "./profile.ts";
export { scalars, type Feed, type Feeds, type TensorData, type TypedArray } from "./session.ts";
export type { State, StateValue } from "./states.ts";
export { ParameterStore, type CompiledProgram, type StoreOptions } from "./store.ts";
export { openTuningFile } from "./tuning-file.ts";
