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

/** The step from which on the architecture stands; null while it is searched. */
export function searchEnd(points: readonly MetricPoint[]): number | null {
  return points.find(({ name }) => name === "searchStopped")?.step ?? null;
}

/**
 * Shares of the kernels lying on each other, as points of one SVG polygon for each in the unit square: the first kernel uppermost, steps from left to
 * right. A single step fills the width.
 */
export function shareBands(kernels: readonly Pick<KernelShare, "history">[]): string[] {
  const told = kernels[0]?.history ?? [];
  const first = told[0]?.step ?? 0;
  const width = (told.at(-1)?.step ?? 0) - first;
  const columns = told.map(({ step }) => {
    const shares = kernels.map(({ history }) => history.find((one) => one.step === step)?.share ?? 0);
    const bounds = [0];
    for (const share of shares) bounds.push(bounds.at(-1)! + share);
    return { x: width === 0 ? 0 : (step - first) / width, bounds };
  });
  if (width === 0) columns.push(...columns.map(({ bounds }) => ({ x: 1, bounds })));
  const point = (x: number, y: number): string => `${x.toFixed(3)},${y.toFixed(3)}`;
  return kernels.map((_, place) => {
    const above = columns.map(({ x, bounds }) => point(x, bounds[place]!));
    const below = columns.map(({ x, bounds }) => point(x, bounds[place + 1]!));
    return [...above, ...below.reverse()].join(" ");
  });
}
