import { expect, it } from "vitest";
import { encodeSafetensors } from "../engine/safetensors.ts";
import { decodeTrainState, encodeTrainState, stepCount } from "./train-state.ts";

const states = {
  "train.step": { shape: [], data: Float32Array.of(41) },
  w: { shape: [2], data: Float32Array.of(0.1, -0) },
};

it("a training state survives its bytes", () => {
  const read = decodeTrainState(encodeTrainState({ states, metadata: { seed: "7" } }));
  expect({ ...read.states }).toEqual(states);
  expect(Object.is(read.states["w"]!.data[1], -0)).toBe(true);
  expect(read.metadata).toEqual({ seed: "7" });
  expect([stepCount(read), stepCount(read, "other")]).toEqual([41, 0]);
});

it("refuses a safetensors file of another kind, and integers where floats belong", () => {
  const foreign = encodeSafetensors({ tensors: states, metadata: {} });
  expect(() => decodeTrainState(foreign)).toThrow(
    "train state: expected aliquot.train-state version 1, got no format version ?.",
  );
  const integers = encodeSafetensors({
    tensors: { w: { shape: [1], data: Int32Array.of(1) } },
    metadata: { format: "aliquot.train-state", version: "1" },
  });
  expect(() => decodeTrainState(integers)).toThrow("train state: w: expected float32.");
});
