/** @file What `npm run experiments` compares for each method, and the settings that the arms have in common. */
import { type Arm, arms as userArms } from "../../src-main/experiments/index.ts";
import type { Gate } from "../../src-main/metrics/index.ts";
import { methods, type SettingValue } from "../../src-main/methods/index.ts";

export interface Protocol {
  /** The first is compared with. */
  arms: readonly Arm[];
  /** Ids of those that run unless others are asked for. */
  usual: readonly string[];
  /** For every arm whose method has such a setting. */
  settings: Readonly<Record<string, SettingValue>>;
  /** What has to be seen on the phantom, written down in docs/experiments before it was run. */
  gates: readonly (Gate & { arm: string; reference: string })[];
}

/** Small enough for a core and a minute or two. */
const SMALL = { size: 48, width: 8, depth: 3, steps: 800, learningRate: 0.003 } as const;

const supervised = userArms.find(({ id }) => id === "supervised")!;

/** Of three weights the best on seeds for calibration; docs/experiments/bcp.md. */
const MEAN_TEACHER = "mean-teacher-10";

const meanTeachers = [1, 10, 100].map((consistencyWeight): Arm => {
  return {
    id: `mean-teacher-${consistencyWeight}`,
    title: `mean teacher, weight ${consistencyWeight}`,
    method: "mean-teacher",
    settings: { consistencyWeight },
  };
});

const bcp: Protocol = {
  arms: [
    supervised,
    {
      id: "collages",
      title: "labelled collages only",
      method: "bcp",
      settings: { useUnlabelled: false },
      isSupervised: true,
    },
    ...meanTeachers,
    { id: "no-mixing", title: "pseudo-labels without mixing", method: "bcp", settings: { mixing: "none" } },
    { id: "bcp", title: "BCP", method: "bcp", settings: {} },
    { id: "in", title: "BCP inwards only", method: "bcp", settings: { mixing: "in" } },
    { id: "out", title: "BCP outwards only", method: "bcp", settings: { mixing: "out" } },
    { id: "alpha-1", title: "BCP with full weight on pseudo-labels", method: "bcp", settings: { alpha: 1 } },
    { id: "no-filter", title: "BCP without component filter", method: "bcp", settings: { components: "all" } },
  ],
  usual: ["supervised", "collages", MEAN_TEACHER, "no-mixing", "bcp"],
  // The average of the weights is judged, in every arm: a single last step scatters more.
  settings: { ...SMALL, halfBatch: 3, keep: "last", deploy: "teacher" },
  gates: [
    { arm: "bcp", reference: "supervised", minimumGain: 0.05, minimumPositive: 5, confidence: 0.9 },
    { arm: "bcp", reference: MEAN_TEACHER, minimumGain: 0.015, minimumPositive: 4, confidence: 0.9 },
  ],
};

/** A method without an entry of its own is compared with supervised training, without a gate. */
export function protocolOf(method: string): Protocol {
  if (method === "bcp" || method === "mean-teacher") return bcp;
  const arms = userArms.filter((arm) => arm.method === method || arm.id === "supervised" || arm.id === "augmented");
  return { arms, usual: arms.map(({ id }) => id), settings: { ...SMALL, batchSize: 6 }, gates: [] };
}

export const knownMethods = (): string[] => methods.map(({ id }) => id);
