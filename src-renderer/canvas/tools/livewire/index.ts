/** @file The live wire: from corner to corner along the edges of the picture. */
import { type Frame, Livewire } from "../../../../src-main/voxels/index.ts";
import { cornersTool } from "../corners.ts";
import type { Easel, Tool } from "../tool.ts";

export function livewireTool(easel: Easel): Tool {
  let surveyed: { frame: Frame; livewire: Livewire } | null = null;
  return cornersTool(easel, ({ frame }, corner) => {
    if (frame === null) return (to) => [to];
    // What is strong in this picture is found once.
    if (surveyed?.frame !== frame) surveyed = { frame, livewire: new Livewire(frame) };
    const wire = surveyed.livewire.from(corner);
    // Through the centers of its pixels; the first is the corner itself.
    return (to) =>
      wire
        .pathTo(to)
        .slice(1)
        .map(({ x, y }) => ({ x: x + 0.5, y: y + 0.5 }));
  });
}
