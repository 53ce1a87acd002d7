/** @file Running programs by ONNX Runtime. A door of its own: it loads a native library. */
export { DEVICES, DeviceUnavailableError, type Device } from "./device.ts";
export { loadOnnx, type LoadedOnnx, type OnnxPort } from "./onnx-file.ts";
export type { ProfileRequest } from "./profile.ts";
export { scalars, type Feed, type Feeds, type TensorData, type TypedArray } from "./session.ts";
export { ParameterStore, type CompiledProgram, type State, type StateValue, type StoreOptions } from "./store.ts";
