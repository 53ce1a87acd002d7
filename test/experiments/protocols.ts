/** @file What `npm run experiments` compares for each method, and the settings that the arms have in common. */
import { type Arm, arms as userArms } from "../../src-main/experiments/index.ts";
import type { Gate } from "../../src-main/metrics/index.ts";
import { methods, type SettingValue } from "../../src-main/methods/index.ts";

export interface Protocol {
  arms: readonly Arm[];
  /** For every arm whose method has such a setting. */
  settings: Readonly<Record<string, SettingValue>>;
  /** What has to be seen on the phantom, written down before it was run. */
  gates: readonly (Gate & { arm: string; reference: string })[];
}

const supervised = userArms.filter(({ method }) => method === "segment");

/** Small enough for a core and a few minutes; see docs/experiments. */
const SMALL_U_NET = { size: 48, width: 8, depth: 3, batchSize: 6, steps: 800, learningRate: 0.003 } as const;

/** Of a method that has no entry of its own: against supervised training, without a gate. */
export function protocolOf(method: string): Protocol {
  const own = protocols[method];
  if (own !== undefined) return own;
  return {
    arms: [...supervised, ...userArms.filter((arm) => arm.method === method && arm.method !== "segment")],
    settings: SMALL_U_NET,
    gates: [],
  };
}

const protocols: Record<string, Protocol> = {};

export const knownMethods = (): string[] => methods.map(({ id }) => id);
