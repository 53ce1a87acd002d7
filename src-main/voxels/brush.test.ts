import { expect, it } from "vitest";
import { Random } from "../random/index.ts";
import {
  createLabelMap,
  type LabelMap,
  paintSegment,
  type Point,
  type Rectangle,
  stampDisc,
  uniteRectangles,
} from "./index.ts";

/** The map as text, one row a line, "." for background. */
function picture({ width, data }: LabelMap): string[] {
  const rows: string[] = [];
  for (let start = 0; start < data.length; start += width) {
    rows.push([...data.subarray(start, start + width)].map((value) => (value === 0 ? "." : String(value))).join(""));
  }
  return rows;
}

/** The definition, pixel by pixel. */
function distanceToSegment(p: Point, a: Point, b: Point): number {
  const squared = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const along = squared === 0 ? 0 : ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / squared;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(p.x - a.x - t * (b.x - a.x), p.y - a.y - t * (b.y - a.y));
}

function boundsOf({ width, height, data }: LabelMap): Rectangle | null {
  const columns: number[] = [];
  const rows: number[] = [];
  data.forEach((value, index) => {
    if (value === 0) return;
    columns.push(index % width);
    rows.push(Math.floor(index / width));
  });
  if (columns.length === 0) return null;
  const x = Math.min(...columns);
  const y = Math.min(...rows);
  expect(Math.max(...rows)).toBeLessThan(height);
  return { x, y, width: Math.max(...columns) - x + 1, height: Math.max(...rows) - y + 1 };
}

it("paints the pixels whose centers lie within the radius, border included", () => {
  const map = createLabelMap(5, 5);
  expect(stampDisc(map, { x: 2.5, y: 2.5 }, 2, 1)).toEqual({ x: 0, y: 0, width: 5, height: 5 });
  expect(picture(map)).toEqual(["..1..", ".111.", "11111", ".111.", "..1.."]);
});

it("a disc between four pixels is even, one smaller than the gap paints nothing", () => {
  const map = createLabelMap(4, 4);
  expect(stampDisc(map, { x: 2, y: 2 }, 0.5, 1)).toBeNull();
  stampDisc(map, { x: 2, y: 2 }, 1, 2);
  expect(picture(map)).toEqual(["....", ".22.", ".22.", "...."]);
});

it("a stroke covers what its discs cover, with nothing missing between", () => {
  const map = createLabelMap(9, 3);
  paintSegment(map, { x: 1.5, y: 1.5 }, { x: 7.5, y: 1.5 }, 1, 1);
  expect(picture(map)).toEqual([".1111111.", "111111111", ".1111111."]);
});

it("agrees with the definition for random strokes, in both directions, and returns tight bounds", () => {
  const random = new Random("brush", 1);
  for (let stroke = 0; stroke < 300; stroke++) {
    const point = (): Point => ({ x: random.between(-8, 40), y: random.between(-8, 32) });
    const [from, to] = [point(), stroke % 10 === 0 ? null : point()];
    const end = to ?? from;
    const radius = random.between(0, 6);
    const map = createLabelMap(32, 24);
    const changed = paintSegment(map, from, end, radius, 1);
    const wrong = map.data.findIndex((value, index) => {
      const center = { x: (index % 32) + 0.5, y: Math.floor(index / 32) + 0.5 };
      const distance = distanceToSegment(center, from, end);
      return Math.abs(distance - radius) > 1e-9 && (value === 1) !== distance <= radius;
    });
    expect(wrong).toBe(-1);
    expect(changed).toEqual(boundsOf(map));
    const back = createLabelMap(32, 24);
    paintSegment(back, end, from, radius, 1);
    expect(back.data).toEqual(map.data);
  }
});

it("is the same left and right, up and down", () => {
  const map = createLabelMap(32, 32);
  const mirrored = createLabelMap(32, 32);
  paintSegment(map, { x: 5.25, y: 8.5 }, { x: 20.75, y: 13 }, 3.5, 1);
  paintSegment(mirrored, { x: 32 - 5.25, y: 32 - 8.5 }, { x: 32 - 20.75, y: 32 - 13 }, 3.5, 1);
  expect([...mirrored.data].reverse()).toEqual([...map.data]);
});

it("erases with 0, and tells only what changed", () => {
  const map = createLabelMap(10, 10);
  stampDisc(map, { x: 5, y: 5 }, 3, 4);
  expect(stampDisc(map, { x: 5, y: 5 }, 3, 4)).toBeNull();
  expect(stampDisc(map, { x: 5, y: 5 }, 1, 0)).toEqual({ x: 4, y: 4, width: 2, height: 2 });
  expect(map.data[4 * 10 + 4]).toBe(0);
  expect(map.data[3 * 10 + 4]).toBe(4);
});

it("outside the image nothing happens; nonsense is refused", () => {
  const map = createLabelMap(4, 4);
  expect(stampDisc(map, { x: -20, y: 2 }, 5, 1)).toBeNull();
  expect(() => stampDisc(map, { x: NaN, y: 0 }, 1, 1)).toThrow("finite");
  expect(() => stampDisc(map, { x: 0, y: 0 }, -1, 1)).toThrow("radius");
  expect(() => stampDisc(map, { x: 0, y: 0 }, 1, 256)).toThrow("value");
});

it("rectangles unite", () => {
  const a = { x: 1, y: 2, width: 3, height: 1 };
  expect(uniteRectangles(a, null)).toBe(a);
  expect(uniteRectangles(null, null)).toBeNull();
  expect(uniteRectangles(a, { x: 0, y: 5, width: 2, height: 2 })).toEqual({ x: 0, y: 2, width: 4, height: 5 });
});
