import { expect, test } from "vitest";
import { paintFieldsOf, parsePaintSettings } from "./paint-settings.ts";

const keysOf = (trained: Parameters<typeof paintFieldsOf>[0]) => paintFieldsOf(trained).map(({ key }) => key);

test.each([
  ["nothing is known", {}, true],
  ["some masks and conditions were left away", { stages: "joint", controlDrop: 0.1, conditionDrop: 0.1 }, true],
  ["the prior knew pictures without masks", { stages: "two", controlDrop: 0, conditionDrop: 0.1 }, true],
  ["masks were always there", { stages: "joint", controlDrop: 0, conditionDrop: 0.1 }, false],
  ["the condition was always there", { stages: "two", controlDrop: 0.1, conditionDrop: 0 }, false],
  ["the backbone knows pictures without", { backbone: "0f1e", controlDrop: 0, conditionDrop: 0 }, true],
])("where %s, guidance is offered: %#", (_, trained, isOffered) => {
  expect(keysOf(trained).includes("guidance")).toBe(isOffered);
  expect(keysOf(trained).includes("conditionGuidance")).toBe(isOffered);
  expect(parsePaintSettings({}, trained).guidance).toBe(isOffered ? 1.5 : 1);
  const asked = () => parsePaintSettings({ guidance: 2 }, trained);
  if (isOffered) expect(asked().guidance).toBe(2);
  else expect(asked).toThrow(/this model cannot be guided/);
});
