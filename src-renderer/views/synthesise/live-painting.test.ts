import { expect, test } from "vitest";
import type { EventMap } from "../../../src-main/api/contract.ts";
import { followed } from "./live-painting.ts";

const told = (change: Partial<EventMap["painting"]> = {}): EventMap["painting"] => {
  return { runId: 1, phase: "painting", first: 4, count: 2, step: 1, steps: 20, secondsLeft: null, ...change };
};

test("pictures stay until others of their place are told, and go with their batch", () => {
  const first = followed(null, told());
  expect(first.pictures).toEqual([null, null]);
  const seen = followed(first, told({ previews: [{ index: 5, png: "AA" }] }));
  expect(seen.pictures).toEqual([null, "data:image/png;base64,AA"]);
  const later = followed(seen, told({ step: 7, secondsLeft: 3 }));
  expect(later).toMatchObject({ step: 7, secondsLeft: 3, pictures: seen.pictures });
  expect(followed(later, told({ first: 6, count: 1 })).pictures).toEqual([null]);
});
