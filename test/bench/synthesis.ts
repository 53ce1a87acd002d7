/**
 * @file How fast synthetic pairs come: a run of the queue in a process of its own, as from the screen: new masks, painting, judging, comparing with all
 * real images, storing in the project file.
 */
import { openWorkshop, type Workshop } from "../runs/project-of-discs.ts";
import { median, ownRow, type Row } from "./rows.ts";

const SIDE = 256;
const REAL = 20;
const PAIRS = 40;
const ROUNDS = 3;
/** The default generator, 16 to 128 channels. One step: how long a pair takes does not hang on what was learned. */
const GENERATOR = { size: SIDE, batchSize: 1, discriminatorWidth: 2, width: 2, depth: 2, generatorSteps: 1, steps: 1 };
const JUDGE = { size: SIDE, width: 16, depth: 4, batchSize: 1, steps: 1 };

export async function benchSynthesis(): Promise<Row[]> {
  const shop = await openWorkshop({ train: REAL, val: 2 }, { side: SIDE });
  try {
    const judge = await trained(shop, "segment", JUDGE);
    const modelId = await trained(shop, "genseg", GENERATOR);
    const rounds = [];
    for (let seed = 0; seed < ROUNDS; seed++) rounds.push(await timed(shop, { modelId, judgeModelId: judge, seed }));
    const row = (what: string, unit: string, values: readonly number[]): Row =>
      ownRow("synthesis", { workload: `pairs of ${SIDE}², ${what}`, unit, ours: median(values), runs: ROUNDS });
    return [
      row(
        `${PAIRS} a run, once they come`,
        "pairs/s",
        rounds.map(({ perSecond }) => perSecond),
      ),
      row(
        "from the click to the first, start of the process included",
        "s",
        rounds.map(({ first }) => first),
      ),
    ];
  } finally {
    await shop.close();
  }
}

async function trained({ queue }: Workshop, method: string, settings: Record<string, number>): Promise<number> {
  const run = await queue.finished(queue.submitTraining({ method, settings }).runId);
  if (run.modelId === null) throw new Error(`bench: ${method} gave no model: ${JSON.stringify(run.problem)}`);
  return run.modelId;
}

async function timed(
  { queue }: Workshop,
  request: { modelId: number; judgeModelId: number; seed: number },
): Promise<{ first: number; perSecond: number }> {
  const start = performance.now();
  const times: number[] = [];
  const { runId } = queue.submitSynthesis({ ...request, count: PAIRS });
  const off = queue.on((event) => {
    if (event.type === "pairs") for (const _ of event.pairs) times.push((performance.now() - start) / 1000);
  });
  const run = await queue.finished(runId);
  off();
  if (run.state !== "done")
    throw new Error(`bench: the synthesis ended as ${run.state}: ${JSON.stringify(run.problem)}`);
  return { first: times[0]!, perSecond: (times.length - 1) / (times.at(-1)! - times[0]!) };
}
