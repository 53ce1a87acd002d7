import { expect, test } from "vitest";
import { squareViews, type ViewCount } from "./views.ts";

const size = 3;
const image = Float32Array.from({ length: 2 * size * size }, (_, place) => place + 1);

test.each<ViewCount>([1, 4, 8])("%i views are all different, the first is the image itself", (count) => {
  const views = squareViews(size, count).of(image);
  const each = Array.from({ length: count }, (_, view) => [
    ...views.subarray(view * image.length, (view + 1) * image.length),
  ]);
  expect(each[0]).toEqual([...image]);
  expect(new Set(each.map(String)).size).toBe(count);
});

test.each<ViewCount>([1, 4, 8])(
  "the mean of %i views of what a network says point by point is what it says",
  (count) => {
    const views = squareViews(size, count);
    expect([...views.mean(views.of(image))]).toEqual([...image]);
  },
);

test("each view's likeliest planes come back to their place", () => {
  const probabilities = Float32Array.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const views = squareViews(size, 8);
  for (const winner of views.winners(views.of(probabilities))) {
    expect([...winner]).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1]);
  }
});

test("four views leave rows and columns where they are", () => {
  const marked = Float32Array.from([1, 1, 1, 0, 0, 0, 0, 0, 0]);
  const views = squareViews(size, 4).of(marked);
  for (let view = 0; view < 4; view++) {
    const rows = [0, 3, 6].map((start) => views.subarray(view * 9 + start, view * 9 + start + 3).join(""));
    expect(rows.toSorted()).toEqual(["000", "000", "111"]);
  }
});

test("one view of several planes is that of all views at once, and comes back as it was", () => {
  const views = squareViews(size, 8);
  const all = views.of(image);
  for (let view = 0; view < 8; view++) {
    const turned = views.turned(image, view);
    expect([...turned]).toEqual([...all.subarray(view * image.length, (view + 1) * image.length)]);
    expect([...views.turnedBack(turned, view)]).toEqual([...image]);
  }
});
