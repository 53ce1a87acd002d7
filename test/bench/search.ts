/**
 * @file What the search of GenSeg costs: processor time of the joint steps of three arms of its experiment, all of them, on one thread. The arms
 * take turns of a few steps, so that a busy moment of the machine hits all.
 */
import { findMethod, type TrainingSession } from "../../src-main/methods/index.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";
import { protocolOf } from "../experiments/protocols.ts";
import { machineName, type Row } from "./rows.ts";

const [LEARNED, VALIDATED, SIDE] = [6, 2, 32];
const TURN = 20;
const ARMS = ["genseg", "fixed", "real"] as const;
type ArmId = (typeof ARMS)[number];

/** A training at its first joint step. What the generator learned before does not change what joint steps cost, so that it learns for one step alone. */
async function open(id: ArmId): Promise<TrainingSession> {
  const protocol = protocolOf("genseg");
  const arm = protocol.arms.find((one) => one.id === id)!;
  const study = blobStudy(1, { learned: LEARNED + VALIDATED, judged: 0, side: SIDE });
  const session = await findMethod("genseg").start({
    cases: {
      ...study,
      frames: study.frames.map(({ frameId, caseId }, place) => {
        return { frameId, caseId, role: place < LEARNED ? "train" : "validate", hasLabelMap: true };
      }),
    },
    settings: { ...protocol.settings, ...arm.settings, generatorSteps: 1 },
    seed: 1,
    device: "cpu",
    resources: { threads: 1 },
    classes: study.classes,
    channels: 1,
  });
  const jointSteps = Number(protocol.settings["steps"]);
  while (session.step < session.steps - jointSteps) await session.runStep();
  return session;
}

/** Seconds of processor time, of all threads. */
async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

export async function benchSearch(): Promise<Row[]> {
  const sessions = new Map<ArmId, TrainingSession>();
  for (const id of ARMS) sessions.set(id, await open(id));
  const seconds: Record<ArmId, number> = { genseg: 0, fixed: 0, real: 0 };
  let steps = 0;
  for (const isLeft = () => [...sessions.values()].some((one) => one.step < one.steps); isLeft(); steps += TURN) {
    for (const [id, session] of sessions) {
      const end = Math.min(session.steps, session.step + TURN);
      seconds[id] += await timeOf(async () => {
        while (session.step < end) await session.runStep();
      });
    }
  }
  for (const session of sessions.values()) await session.release();
  const row = (ours: ArmId, peer: ArmId, peerName: string): Row => ({
    suite: "search",
    workload: `GenSeg, ${steps} joint steps, ${SIDE}², batch 4, one thread: processor time, ${ours === "genseg" ? "searched" : "architecture fixed"}`,
    unit: "s",
    ours: seconds[ours],
    peer: seconds[peer],
    peerName,
    ratio: seconds[ours] / seconds[peer],
    runs: steps,
    machine: machineName(),
  });
  return [
    row("genseg", "real", "real pairs alone"),
    row("genseg", "fixed", "architecture fixed"),
    row("fixed", "real", "real pairs alone"),
  ];
}
