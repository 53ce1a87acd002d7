import { describe, expect, it } from "vitest";
import type { MethodRow } from "../../../src-main/api/contract.ts";
import { changedKeys, completeSettings, differingKeys, followChoice, isUsed, presetOf } from "./settings.ts";

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

  it("follow a choice that leads to its preset, and keep what a person changed", () => {
    const { settings } = method;
    const leading = {
      settings: [
        ...settings,
        { kind: "choice", key: "kind", label: "", help: "", default: "2", options: ["2", "3"], leads: true } as const,
      ].map((field) => ({
        ...field,
        ...("options" in field ? { options: [...field.options] } : {}),
      })) as typeof settings,
      presets: [
        ...method.presets,
        { id: "deep", title: "", summary: "", settings: { kind: "3", steps: 60, schedule: "poly" } },
      ],
    };
    const basis = completeSettings(leading, {});
    const three = { key: "kind", option: "3" };
    const deep = followChoice(leading, { values: basis, basis }, three);
    expect(presetOf(leading, deep.values)?.id).toBe("deep");
    // The seven steps are a person's; they stay there and back.
    const own = followChoice(leading, { values: { ...basis, steps: 7 }, basis }, three);
    expect(own.values).toEqual({ kind: "3", steps: 7, schedule: "poly", tune: false });
    const back = followChoice(leading, own, { key: "kind", option: "2" });
    expect(back.values).toEqual({ ...basis, steps: 7 });
    expect(followChoice(leading, own, { key: "kind", option: "4" }).values).toEqual({ ...own.values, kind: "4" });
  });

  it("are shown where they mean something", () => {
    const slices = { when: { key: "kind", is: "3" } };
    expect([isUsed(slices, { kind: "3" }), isUsed(slices, { kind: "2" }), isUsed({}, {})]).toEqual([true, false, true]);
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
