/** @file Where programs run: what `auto` finds out about the machine, and how runs are told. */
import { describe, expect, it } from "vitest";
import { defineProgram, input, relu } from "../../src-main/engine/index.ts";
import { chooseDevice, DEVICES, ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { probeDevice } from "../../src-main/engine/runtime/probe.ts";
import { Random } from "../../src-main/random/index.ts";

const random = (name: string) => new Random(1, name);

describe("auto", () => {
  it("is a device that this build offers, with a reason, and the same for the store that asks for it", async () => {
    const { device, reason } = await chooseDevice("auto");
    expect(DEVICES.filter((one) => one !== "auto")).toContain(device);
    expect(reason.at(-1)!.text).toMatch(device === "cpu" ? /^using cpu$/ : /faster than the processor/);
    const store = new ParameterStore({ random });
    expect(await store.device()).toMatchObject({ device });
    const compiled = await store.compile(
      defineProgram({ name: "p", outputs: { y: relu(input("x", { shape: [2] })) } }),
    );
    expect([...(await compiled.run({ x: Float32Array.of(-1, 2) }))["y"]!.data]).toEqual([0, 2]);
    await store.release();
  });

  it("takes a name as it is, without looking", async () => {
    expect(await chooseDevice("cpu")).toEqual({ device: "cpu", reason: [] });
  });

  it("is not held up by a driver that does not answer", async () => {
    const { isUsable, finding } = await probeDevice("webgpu", { limitMs: 1 });
    expect(isUsable).toBe(false);
    expect(finding).toEqual({
      text: "{device}: did not answer within {seconds} s",
      values: { device: "webgpu", seconds: 0.001 },
    });
  });
});
