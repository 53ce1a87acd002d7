/** @file An estimated deformation as lines of SVG. */
import type { EstimatedFlow } from "../../../src-main/api/contract.ts";

/** Shorter displacements are no arrows: in pixels. */
const SEEN = 0.25;
/** Of the head of an arrow, as a share of its length, and radians. */
const HEAD = { length: 0.35, angle: 0.5 };

/**
 * Paths in pixels of the image. `grid`: nodes where the translation has what belongs to them; `arrows`: from there to where the target has it, which is how the
 * translation is moved.
 */
export function flowLines({ columns, nodes }: EstimatedFlow): { grid: string; arrows: string } {
  // Centers of pixels lie half a pixel within.
  const ends = nodes.map(({ x, y, right, down }) => ({
    from: { x: x + right + 0.5, y: y + down + 0.5 },
    to: { x: x + 0.5, y: y + 0.5 },
  }));
  const at = ({ x, y }: { x: number; y: number }): string => `${x.toFixed(2)} ${y.toFixed(2)}`;
  const line = (places: readonly { x: number; y: number }[]): string => `M${places.map(at).join("L")}`;
  const rows = Map.groupBy(ends, (_, index) => Math.floor(index / columns));
  const verticals = Map.groupBy(ends, (_, index) => index % columns);
  const grid = [...rows.values(), ...verticals.values()].map((each) => line(each.map(({ from }) => from))).join("");
  const arrows = ends
    .filter(({ from, to }) => Math.hypot(to.x - from.x, to.y - from.y) >= SEEN)
    .map(({ from, to }) => {
      const [angle, length] = [Math.atan2(to.y - from.y, to.x - from.x), Math.hypot(to.x - from.x, to.y - from.y)];
      const barb = (turn: number) => ({
        x: to.x - HEAD.length * length * Math.cos(angle + turn),
        y: to.y - HEAD.length * length * Math.sin(angle + turn),
      });
      return line([from, to]) + line([barb(HEAD.angle), to, barb(-HEAD.angle)]);
    })
    .join("");
  return { grid, arrows };
}
