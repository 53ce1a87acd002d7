/** @file Experiments: ways of training compared on the project's own images. */
import { Hono } from "hono";
import { z } from "zod";
import {
  type Arm,
  availableArms,
  cellsOf,
  comparedSteps,
  type ExperimentPlan,
  learnedBy,
  reportOf,
  unitOf,
} from "../experiments/index.ts";
import { Problem } from "../problem/index.ts";
import type { ArmRow, ExperimentDetail, ExperimentRow } from "./contract.ts";
import type { Session } from "./session.ts";
import { deviceName, idParam, validate } from "./validate.ts";

const MAX_TRAININGS = 1000;
const wholes = (smallest: number) =>
  z.array(z.number().int().min(smallest).max(Number.MAX_SAFE_INTEGER)).min(1).max(50);
const request = z.object({
  arms: z.array(z.string().min(1).max(80)).min(2).max(20),
  labelled: wholes(1),
  seeds: wholes(0),
  folds: z.number().int().min(1).max(20).default(1),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
  label: z.int().positive().optional(),
  pairing: z.int().positive().optional(),
  device: deviceName.default("auto"),
});

type Stored = ReturnType<Session["open"]["project"]["experiments"]["list"]>[number];

function experimentRow({ runId, createdAt, plan, done }: Stored): ExperimentRow {
  const { arms, splits, label = null } = plan as ExperimentPlan;
  const ascending = (values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  return {
    runId,
    createdAt,
    arms: arms.map(armRow),
    unit: unitOf({ arms }),
    label: label && { labelId: label.labelId, name: label.name },
    seeds: ascending(splits.map(({ seed }) => seed)),
    labelled: ascending(splits.map(({ labelled }) => labelled)),
    folds: 1 + Math.max(...splits.map(({ fold }) => fold)),
    steps: comparedSteps(arms[0]!),
    done,
    total: cellsOf({ arms, splits }).length,
  };
}

function armRow({ id, title, method, sources, isOfImages = false, isUsual = true }: Omit<Arm, "settings">): ArmRow {
  return { id, title, method, learns: learnedBy({ method }), isOfImages, isPaired: sources !== undefined, isUsual };
}

/** Those that have anything to learn from in the project: a pairing of two modalities, a label of classes, masks to paint from, a trunk. */
function possibleArms({ pairings, labelDefinitions, classes, trunks }: Session["open"]["project"]): Arm[] {
  const isPaired = pairings.latest() !== null;
  const hasLabel = labelDefinitions.list().some(({ kind }) => kind !== "number");
  const hasClass = classes.list().length > 0;
  return availableArms().filter(
    (arm) =>
      (arm.sources === undefined || isPaired) &&
      (learnedBy(arm) === "masks" || hasLabel) &&
      (arm.classPainter === undefined || hasClass) &&
      (arm.isOnTrunk !== true || trunks.list().length > 0),
  );
}

export const experiments = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.experiments.list().map(experimentRow)))
    .get("/arms", (c) => c.json(possibleArms(session.open.project).map(armRow)))
    .get("/:id", validate("param", idParam), (c) => {
      const { project } = session.open;
      const { id } = c.req.valid("param");
      const stored = project.experiments.list().find(({ runId }) => runId === id);
      if (stored === undefined) {
        throw new Problem({
          code: "not-found",
          title: `There is no experiment ${id}.`,
          hint: "It may belong to another project; look at the list of experiments.",
        });
      }
      const row = experimentRow(stored);
      const report = reportOf(project.experiments.scores(id), {
        arms: row.arms,
        labelled: row.labelled,
        unit: row.unit,
        outcome: row.label === null ? "dice" : "balancedAccuracy",
      });
      return c.json({ ...row, report } satisfies ExperimentDetail);
    })
    .post("/", validate("json", request), (c) => {
      const asked = c.req.valid("json");
      const trainings = asked.arms.length * asked.labelled.length * asked.seeds.length * asked.folds;
      if (trainings > MAX_TRAININGS) {
        throw new Problem({
          code: "bad-request",
          title: `This would be ${trainings} trainings; at most ${MAX_TRAININGS} make an experiment.`,
          hint: "Choose fewer arms, numbers of labelled images, seeds or folds.",
        });
      }
      return c.json(session.open.queue.submitExperiment(asked));
    });
