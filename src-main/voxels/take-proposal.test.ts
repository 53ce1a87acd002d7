import { expect, test } from "vitest";
import type { LabelMap } from "./label-map.ts";
import { takeProposal, withoutPart } from "./take-proposal.ts";

const map = (...rows: string[]): LabelMap => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Uint8Array.from(rows.join(""), Number),
});
const rowsOf = ({ width, data }: LabelMap): string[] => data.join("").match(new RegExp(`.{${width}}`, "g"))!;

const annotation = map("1133", "0033", "0220");
const proposal = map("0110", "0110", "2001");
const none = (): boolean => false;

test("all of a proposal replaces what the model knows, and leaves the other classes where it says nothing", () => {
  const taken = takeProposal({ annotation, proposal, classes: [1, 2], isLocked: none }, { kind: "all" });
  expect(rowsOf(taken)).toEqual(["0113", "0113", "2001"]);
  expect(rowsOf(annotation)).toEqual(["1133", "0033", "0220"]);
});

test("locked classes neither come nor go", () => {
  const locked = (value: number): boolean => value === 3;
  const taken = takeProposal({ annotation, proposal, classes: [1, 2], isLocked: locked }, { kind: "all" });
  expect(rowsOf(taken)).toEqual(["0133", "0133", "2001"]);
  const isTwo = (value: number): boolean => value === 2;
  const kept = takeProposal({ annotation, proposal, classes: [1, 2], isLocked: isTwo }, { kind: "class", value: 2 });
  expect(rowsOf(kept)).toEqual(rowsOf(annotation));
});

test("one class, or one component by a point in it", () => {
  const of = (part: Parameters<typeof takeProposal>[1]) =>
    rowsOf(takeProposal({ annotation, proposal, classes: [1, 2], isLocked: none }, part));
  expect(of({ kind: "class", value: 2 })).toEqual(["1133", "0033", "2000"]);
  expect(of({ kind: "component", x: 2.5, y: 0.5 })).toEqual(["1113", "0113", "0220"]);
  expect(of({ kind: "component", x: 3, y: 0 })).toEqual(rowsOf(annotation));
});

test("a part that is not taken leaves the rest of the proposal, and a point that was in it", () => {
  const proposal = { width: 5, height: 1, data: Uint8Array.from([1, 1, 0, 1, 2]) };
  const dropped = withoutPart(proposal, { kind: "component", x: 3.2, y: 0.5 });
  expect([...dropped!.rest.data]).toEqual([1, 1, 0, 0, 2]);
  expect(dropped).toMatchObject({ value: 1, at: { x: 3.2, y: 0.5 } });
  const byClass = withoutPart(proposal, { kind: "class", value: 1 });
  expect([...byClass!.rest.data]).toEqual([0, 0, 0, 0, 2]);
  expect(byClass!.at).toEqual({ x: 0.5, y: 0.5 });
  expect(withoutPart(proposal, { kind: "component", x: 2.5, y: 0.5 })).toBeNull();
  expect(withoutPart(proposal, { kind: "class", value: 7 })).toBeNull();
  expect([...proposal.data]).toEqual([1, 1, 0, 1, 2]);
});
