/** @file How much memory a step may take on this machine, and the error for one that takes more. */
import { totalmem } from "node:os";
import type { MemoryPlan } from "../memory-plan.ts";

/**
 * Bytes that this process can still get without others being moved out: what the system calls available, within the limit of
 * a container. macOS counts memory that it would give up at once (caches, compressible) as used: there, four fifths of all.
 */
export function availableMemory(): number {
  return process.platform === "darwin" ? 0.8 * totalmem() : process.availableMemory();
}

/** A program would take more memory than there is. Thrown before anything is allocated. */
export class NotEnoughMemoryError extends Error {
  override readonly name = "NotEnoughMemoryError";
  /** Bytes. */
  readonly needed: number;
  readonly available: number;
  readonly plan: MemoryPlan;

  constructor(program: string, { needed, available, plan }: { needed: number; available: number; plan: MemoryPlan }) {
    super(
      `${program}: a step needs about ${sizeText(needed)} of memory, ${sizeText(available)} are available. ` +
        `The most: ${largestText(plan)}. ` +
        "Use a smaller batch, smaller images, a narrower network or gradient checkpointing, or close other programs.",
    );
    this.needed = needed;
    this.available = available;
    this.plan = plan;
  }
}

/** `network.encoder.0.norm.1 forward 3.2 GiB, …`: the three largest. */
export function largestText({ contributors }: MemoryPlan): string {
  return contributors
    .slice(0, 3)
    .map(({ name, bytes }) => `${name} ${sizeText(bytes)}`)
    .join(", ");
}

/** `640 MiB`, `5.2 GiB`, `3.1 TiB`. */
export function sizeText(bytes: number): string {
  const units = ["MiB", "GiB", "TiB", "PiB"];
  let value = bytes / 2 ** 20;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]!}`;
}

/** What is said where the system has no more memory to give: by ONNX Runtime's allocators, C++ and V8. */
const ALLOCATION_FAILED =
  /bad_alloc|bad allocation|(failed|cannot) (to )?allocate memory|out of memory|array buffer allocation failed/i;

/** Whether something failed for want of memory: seen before it began, or at the allocation itself. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof NotEnoughMemoryError) return true;
  return error instanceof Error && ALLOCATION_FAILED.test(error.message);
}
