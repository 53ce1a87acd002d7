/** @file Arms of the comparison of graders: each differs from another by what it is named for, and by nothing else. */
import { describe, expect, it } from "vitest";
import type { FrameRole } from "../../src-main/dataset/index.ts";
import { findMethod } from "../../src-main/methods/index.ts";
import { findArm, settingsOf, toldGrades } from "./grading-arms.ts";

const settings = (id: string, asked = {}) => settingsOf(findArm(id), asked);

describe("an arm", () => {
  it("of an ablation is DiffMIC but for one setting", () => {
    const differing = (id: string) =>
      Object.entries(settings(id)).filter(([key, value]) => settings("diffmic")[key] !== value);
    expect(differing("no-local")).toEqual([["regions", 0]]);
    expect(differing("no-image")).toEqual([["seesImage", false]]);
    expect(differing("label-shuffle")).toEqual([]);
    expect(() => findArm("no-luck")).toThrow("no arm no-luck");
  });

  it.each(["diffmic", "cnn", "cnn-long", "no-local", "no-image", "label-shuffle"])(
    "%s has settings of its method",
    (id) => {
      expect(() => findMethod(findArm(id).method).parse(settings(id))).not.toThrow();
    },
  );

  it("of the long network takes as many updates as DiffMIC in all, whatever is asked of that", () => {
    expect(settings("cnn-long")).toEqual({ ...settings("cnn"), steps: 4800 });
    const asked = { guidanceSteps: 50, steps: 70, size: 48 };
    expect(settings("cnn-long", asked)).toMatchObject({ steps: 120, size: 48 });
    expect(settings("cnn", asked)).toMatchObject({ steps: 70 });
  });

  it("of shuffled labels learns other classes, as many of each, and is judged by the true ones", () => {
    const roles: FrameRole[] = Array.from(
      { length: 90 },
      (_, at) => (["train", "validate", "evaluate"] as const)[at % 3]!,
    );
    const grades = roles.map((_, at) => Number(at % 7 === 0));
    expect(toldGrades({}, grades, roles, 4)).toEqual(grades);
    const told = toldGrades({ isShuffled: true }, grades, roles, 4);
    for (const role of ["train", "validate", "evaluate"]) {
      const of = (values: readonly number[]) => values.filter((_, at) => roles[at] === role);
      expect(of(told).toSorted()).toEqual(of(grades).toSorted());
      if (role === "evaluate") expect(of(told)).toEqual(of(grades));
      else expect(of(told)).not.toEqual(of(grades));
    }
    expect(toldGrades({ isShuffled: true }, grades, roles, 5)).not.toEqual(told);
  });
});
