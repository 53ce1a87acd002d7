/** @file What a worker process does with a person's trunk beside training on it. Light: what computes is loaded when it is asked for. */
import type { TrunkRecord } from "./trunk-record.ts";

/** As `lookAtTrunk`. */
export async function lookAtTrunkFile(bytes: Uint8Array, name: string): Promise<TrunkRecord> {
  const { lookAtTrunk } = await import("./trunk.ts");
  return lookAtTrunk(bytes, name);
}
