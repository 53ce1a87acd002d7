import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { estimateDiversity } from "./diversity.ts";

const draw = (random: Random, images: number, features = 4, scale = 1): number[][] =>
  Array.from({ length: images }, () => Array.from({ length: features }, () => scale * random.normal()));

describe("diversity", () => {
  it("of a set beside itself is 1, beside one half as wide 2, beside one far off the same", () => {
    const rows = draw(new Random("diversity", 1), 20);
    const of = (change: (value: number) => number) =>
      estimateDiversity({ rows: rows.map((row) => row.map(change)) }, { rows });
    expect(of((value) => value).plain).toBe(1);
    expect(of((value) => 2 * value).plain).toBeCloseTo(2, 12);
    expect(of((value) => value + 100).plain).toBeCloseTo(1, 9);
  });

  it("of a generator that makes one image over and over is 0", () => {
    const random = new Random("diversity", 2);
    const [one] = draw(random, 1);
    const collapsed = Array.from({ length: 40 }, () => one!.map((value) => value + 1e-6 * random.normal()));
    const estimate = estimateDiversity({ rows: collapsed }, { rows: draw(random, 20) });
    expect(estimate.high).toBeLessThan(1e-5);
    expect(estimate.low).toBeGreaterThan(-1e-5);
  });

  it("is what all draws of equally many images give, worked out one by one", () => {
    const random = new Random("diversity", 3);
    const [pairs, real] = [draw(random, 14, 2), draw(random, 11, 2)];
    // Of eleven one part is left out: each image has nine others. So nine of thirteen others are drawn.
    const nearestOfDraws = (rows: number[][], drawn: number): number => {
      const means = rows.map((row, own) => {
        const others = rows.flatMap((other, at) => (at === own ? [] : [Math.hypot(row[0]! - other[0]!, row[1]! - other[1]!)])); // prettier-ignore
        let [sum, draws] = [0, 0];
        for (let chosen = 0; chosen < 1 << others.length; chosen++) {
          const picked = others.filter((_, at) => chosen & (1 << at));
          if (picked.length !== drawn) continue;
          sum += Math.min(...picked);
          draws++;
        }
        return sum / draws;
      });
      return means.reduce((sum, value) => sum + value, 0) / means.length;
    };
    const { plain } = estimateDiversity({ rows: pairs }, { rows: real });
    expect(plain).toBeCloseTo(nearestOfDraws(pairs, 9) / nearestOfDraws(real, 9), 12);
  });
});
