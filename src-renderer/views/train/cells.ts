/** @file The searched cells of a generator, out of the figures of a run: which kernel has which share, and how that moved. */
import type { MetricPoint } from "../../../src-main/api/contract.ts";

export interface SearchedCell {
  /** "up/0": the innermost cell of the half that doubles. */
  id: string;
  half: "up" | "down";
  /** Counted from the innermost. */
  place: number;
  kernels: KernelShare[];
}

export interface KernelShare {
  /** Side of the kernel, pixels. */
  side: number;
  share: number;
  /** Steps in their order, shares in [0, 1]. */
  history: { step: number; share: number }[];
}

const NAME = /^share\/(up|down)\/(\d+)\/(\d+)$/;

/** Cells in the order of their halves and places; none where nothing is searched. A later point replaces an earlier one of its step. */
export function searchedCells(points: readonly MetricPoint[]): SearchedCell[] {
  const cells = new Map<string, SearchedCell>();
  for (const { name, step, value } of points) {
    const [, half, place, side] = NAME.exec(name) ?? [];
    if (half === undefined) continue;
    const id = `${half}/${place}`;
    const cell = cells.get(id) ?? { id, half: half as "up" | "down", place: Number(place), kernels: [] };
    cells.set(id, cell);
    let kernel = cell.kernels.find((one) => one.side === Number(side));
    if (kernel === undefined) cell.kernels.push((kernel = { side: Number(side), share: value, history: [] }));
    kernel.history = [...kernel.history.filter((one) => one.step !== step), { step, share: value }];
  }
  for (const { kernels } of cells.values()) {
    kernels.sort((a, b) => a.side - b.side);
    for (const kernel of kernels) {
      kernel.history.sort((a, b) => a.step - b.step);
      kernel.share = kernel.history.at(-1)!.share;
    }
  }
  const order = (cell: SearchedCell): number => (cell.half === "down" ? 1000 : 0) + cell.place;
  return [...cells.values()].sort((a, b) => order(a) - order(b));
}

/** The way of a share as the points of an SVG polyline in a box of this size; a single value is a level line. */
export function shareLine({ history }: KernelShare, { width, height }: { width: number; height: number }): string {
  const [first, last] = [history[0]!.step, history.at(-1)!.step];
  const x = (step: number): number => (last === first ? 0 : (width * (step - first)) / (last - first));
  const y = (share: number): number => height * (1 - share);
  const ends = history.length > 1 ? history : [...history, { ...history[0]!, step: first }];
  const points = ends.map(({ step, share }, at) => [history.length > 1 ? x(step) : at * width, y(share)]);
  return points.map((point) => point.map((value) => value!.toFixed(1)).join(",")).join(" ");
}
