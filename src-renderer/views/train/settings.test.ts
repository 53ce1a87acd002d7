import { describe, expect, it } from "vitest";
import type { MethodRow } from "../../../src-main/api/contract.ts";
import { changedKeys, completeSettings, differingKeys, presetOf } from "./settings.ts";

const method: Pick<MethodRow, "settings" | "presets"> = {
  settings: [
    { kind: "number", key: "steps", label: "", help: "", default: 300, min: 1, max: 1000, integer: true },
    { kind: "boolean", key: "tune", label: "", help: "", default: false },
    { kind: "choice", key: "schedule", label: "", help: "", default: "cosine", options: ["cosine", "poly"] },
  ],
  presets: [
    { id: "standard", title: "", summary: "", settings: {} },
    { id: "long", title: "", summary: "", settings: { steps: 900 } },
  ],
};

describe("settings", () => {
  it("are completed by the defaults, without those of another method", () => {
    expect(completeSettings(method, { steps: 5, decay: 0.9 })).toEqual({ steps: 5, tune: false, schedule: "cosine" });
  });

  it("are a preset until a person changes one", () => {
    const values = completeSettings(method, { steps: 900 });
    expect(presetOf(method, values)?.id).toBe("long");
    expect(presetOf(method, completeSettings(method, {}))?.id).toBe("standard");
    expect(presetOf(method, { ...values, tune: true })).toBeNull();
  });

  it("differ where one has what another has not", () => {
    expect(
      differingKeys([
        { steps: 5, size: 64 },
        { steps: 5, size: 32, decay: 0.9 },
      ]),
    ).toEqual(["size", "decay"]);
    expect(differingKeys([{ steps: 5 }])).toEqual([]);
    expect(changedKeys(method, { steps: 5, tune: false, decay: 1 })).toEqual(["steps"]);
  });
});
