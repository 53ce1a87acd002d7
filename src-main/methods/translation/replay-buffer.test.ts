import { expect, test } from "vitest";
import { Random } from "../../random/index.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

const image = (value: number): Float32Array => Float32Array.of(value, -value);

test("until it is full every image comes back as it is; then about half are earlier ones, and never more are held", () => {
  const buffer = new ReplayBuffer();
  const random = new Random(4, "replay");
  for (let index = 0; index < 50; index++) expect(buffer.exchange(image(index), random)).toEqual(image(index));
  let earlier = 0;
  for (let index = 50; index < 10_050; index++) {
    const shown = buffer.exchange(image(index), random);
    if (shown[0] !== index) earlier++;
    expect(buffer.held).toHaveLength(50);
  }
  expect(Math.abs(earlier / 10_000 - 0.5)).toBeLessThan(0.02);
});

test("what is shown instead was put in before, and is gone then; a restored buffer goes on alike", () => {
  const buffer = new ReplayBuffer([image(1), image(2)], 2);
  const restored = new ReplayBuffer(buffer.held, 2);
  const [one, other] = [new Random(9, "replay"), new Random(9, "replay")];
  const known = new Set([1, 2]);
  for (let index = 3; index < 60; index++) {
    const shown = buffer.exchange(image(index), one)[0]!;
    expect(restored.exchange(image(index), other)[0]).toBe(shown);
    if (shown !== index) {
      expect(known.delete(shown)).toBe(true);
      known.add(index);
    }
  }
  expect(new Set(buffer.held.map(([value]) => value))).toEqual(known);
});

test("it keeps copies: what the caller does with its array later changes nothing", () => {
  const buffer = new ReplayBuffer([], 1);
  const own = image(7);
  buffer.exchange(own, new Random(1));
  own.fill(0);
  expect(buffer.held[0]).toEqual(image(7));
});
