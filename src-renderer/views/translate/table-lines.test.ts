import { expect, it } from "vitest";
import { linesOf } from "./table-lines.ts";

it("pairs are read with tabs, semicolons and commas between them, quoted or not", () => {
  expect(linesOf('a.png, b.png\n"c 1.png";"d.png"\r\ne.png\tf.png\n')).toEqual([
    ["a.png", "b.png"],
    ["c 1.png", "d.png"],
    ["e.png", "f.png"],
  ]);
});

it("a line that is no pair is left out", () => {
  expect(linesOf("a.png\n\n,b.png\nc.png,d.png,e.png")).toEqual([]);
});
