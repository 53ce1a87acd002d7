/** @file Takes one connected part of a proposal by a click, with Alt all of its class. */
import { type Easel, Tool, type ToolState } from "../tool.ts";

export function takeTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image, isSubtracting = false }) => {
      const { labels } = easel.proposal;
      const [x, y] = [Math.floor(image.x), Math.floor(image.y)];
      if (labels === null || x < 0 || y < 0 || x >= labels.width || y >= labels.height) return undefined;
      const value = labels.data[y * labels.width + x]!;
      if (value !== 0) easel.proposal.take(isSubtracting ? { kind: "class", value } : { kind: "component", x, y });
      return undefined;
    },
  };
  return new Tool(idle);
}
