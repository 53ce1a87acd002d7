import { expect, test } from "vitest";
import { DecisionLine } from "./decision-line.ts";

test("decisions are stored in the order in which they were made, one at a time", async () => {
  const line = new DecisionLine();
  const log: string[] = [];
  const storing = (name: string, milliseconds: number) => async () => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    log.push(`${name} ends`);
  };
  void line.send(1, storing("first", 10));
  void line.send(2, storing("second", 0));
  expect([line.has(1), line.has(2), line.has(3)]).toEqual([true, true, false]);
  await line.settled();
  expect(log).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  expect([line.has(1), line.has(2)]).toEqual([false, false]);
});

test("of two decisions on one proposal the second counts until it is stored", async () => {
  const line = new DecisionLine();
  const first = line.send(1, () => Promise.resolve());
  const second = line.send(1, () => new Promise<void>((resolve) => setTimeout(resolve, 5)));
  await first;
  expect(line.has(1)).toBe(true);
  await second;
  expect(line.has(1)).toBe(false);
});
