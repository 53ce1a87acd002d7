import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { ALIGNED, drawMisalignment, misalign } from "./misalignment.ts";

const planes = (width: number, height: number, value: (x: number, y: number) => number) => ({
  width,
  height,
  channels: 1,
  data: Float32Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width))),
});
const noise = planes(20, 16, (x, y) => Math.sin(3 * x + 5 * y));

describe("misalignment", () => {
  it("of level 0 changes no bit, drawn or given", () => {
    expect(drawMisalignment(0, 64, new Random(1, "pair"))).toEqual(ALIGNED);
    expect(misalign(noise, ALIGNED).data).toEqual(noise.data);
  });

  it.each([1, 3, 5])("of level %i stays within its range and fills it", (level) => {
    const drawn = Array.from({ length: 2000 }, (_, index) => drawMisalignment(level, 64, new Random(3, "pair", index)));
    const most = Math.round(0.02 * level * 64);
    const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
    const [turnedLeft, turnedRight] = range(drawn.map(({ degrees }) => degrees));
    expect([
      turnedLeft >= -level,
      turnedLeft < -0.95 * level,
      turnedRight <= level,
      turnedRight > 0.95 * level,
    ]).toEqual([true, true, true, true]);
    const [smallest, largest] = range(drawn.map(({ scale }) => scale));
    expect(smallest).toBeGreaterThanOrEqual(1 - 0.02 * level);
    expect(largest).toBeLessThanOrEqual(1 + 0.02 * level);
    for (const axis of ["x", "y"] as const) {
      const shifts = drawn.map(({ shift }) => shift[axis]);
      expect(range(shifts)).toEqual([-most, most]);
      expect(shifts.every(Number.isInteger)).toBe(true);
      const mean = shifts.reduce((sum, value) => sum + value, 0) / shifts.length;
      expect(Math.abs(mean)).toBeLessThan(0.05 * most + 0.05);
    }
    expect(drawn.slice(0, 5)).toEqual(
      Array.from({ length: 5 }, (_, index) => drawMisalignment(level, 64, new Random(3, "pair", index))),
    );
  });

  it("shifts by whole pixels along the right axis, and fills with the background", () => {
    const { data } = misalign(noise, { ...ALIGNED, shift: { x: 2, y: -1 } });
    expect(data[4 * 20 + 7]).toBe(noise.data[5 * 20 + 5]);
    expect(data[4 * 20 + 1]).toBe(-1);
    expect(data[15 * 20 + 7]).toBe(-1);
  });

  it("turns about the centre, and brings in no new value", () => {
    const square = planes(15, 15, (x, y) => x + 100 * y);
    const quarter = misalign(square, { ...ALIGNED, degrees: 90 });
    expect(quarter.data[7 * 15 + 7]).toBe(square.data[7 * 15 + 7]);
    expect(quarter.data[7 * 15 + 10]).toBe(square.data[4 * 15 + 7]);
    const values = new Set(noise.data).add(-1);
    const moved = misalign(noise, { degrees: 3.3, scale: 1.05, shift: { x: 1, y: 1 } });
    expect(moved.data.every((value) => values.has(value))).toBe(true);
    expect(moved.data).not.toEqual(noise.data);
  });

  it("grows what is scaled up", () => {
    const disc = planes(41, 41, (x, y) => (Math.hypot(x - 20, y - 20) < 10 ? 1 : -1));
    const count = ({ data }: { data: Float32Array }) => data.filter((value) => value === 1).length;
    expect(count(misalign(disc, { ...ALIGNED, scale: 1.1 })) / count(disc)).toBeCloseTo(1.21, 1);
  });
});
