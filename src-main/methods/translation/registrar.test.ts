import { afterEach, expect, it } from "vitest";
import { ParameterStore } from "../../engine/runtime/index.ts";
import { encodeSafetensors } from "../../engine/safetensors.ts";
import { Random } from "../../random/index.ts";
import type { Frame } from "../../voxels/index.ts";
import type { Registrar } from "../trained-models.ts";
import { describeTranslation } from "./model-file.ts";
import type { Mode } from "./modes.ts";
import type { TranslationShape } from "./networks.ts";
import { registrationProgram, translationProgram } from "./programs.ts";
import { openRegistrar } from "./registrar.ts";

const SIZE = 16;
const shape: TranslationShape = {
  height: SIZE,
  width: SIZE,
  sourceChannels: 1,
  targetChannels: 1,
  generator: { width: 4, blocks: 1 },
  discriminator: { width: 4, halvings: 1, between: 1 },
  registration: { down: [4, 4], middle: 1 },
};

/** A model whose registration says the same everywhere: `down` and `right` in pixels of the square. */
async function modelSaying(down: number, right: number, mode: Mode = "reggan"): Promise<Uint8Array> {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(3, name) });
  try {
    await store.compile(translationProgram(shape, 1));
    await store.compile(registrationProgram(shape, 1));
    const state = await store.state();
    state["registration.flow.weight"]!.data.fill(0);
    state["registration.flow.bias"]!.data.set([down, right]);
    const modalities = { source: "T1", target: "T2", kind: "paired" as const };
    const metadata = describeTranslation({ method: "reggan", mode, shape, modalities });
    return encodeSafetensors({ tensors: state, metadata });
  } finally {
    await store.release();
  }
}

const picture = (width: number, height: number): Frame => ({
  width,
  height,
  channels: 1,
  sampleType: "uint8",
  data: Uint8Array.from({ length: width * height }, (_, at) => (at * 7) % 200),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
});

let registrar: Registrar | null = null;
afterEach(async () => {
  await registrar?.release();
  registrar = null;
});

it("a flow is told in pixels of the source, right and down, at nodes evenly on it", async () => {
  registrar = await openRegistrar(await modelSaying(1, -0.5), "cpu");
  // The longer side fills the square: two pixels of the source are one of it.
  const flow = await registrar.estimate([picture(32, 16)], picture(20, 20));
  expect(flow).toMatchObject({ width: 32, height: 16, columns: 28, rows: 14, folds: 0 });
  expect(flow.nodes).toHaveLength(28 * 14);
  for (const { right, down } of flow.nodes) {
    expect(right).toBeCloseTo(-1, 4);
    expect(down).toBeCloseTo(2, 4);
  }
  expect(flow.mean.right).toBeCloseTo(-1, 4);
  expect(flow.largest).toBeCloseTo(Math.hypot(1, 2), 4);
  const [first, last] = [flow.nodes[0]!, flow.nodes.at(-1)!];
  expect(first.x + 0.5).toBeCloseTo(32 - (last.x + 0.5), 6);
  expect(first.y + 0.5).toBeCloseTo(16 - (last.y + 0.5), 6);
});

it("a model that learned without a registration says so", async () => {
  await expect(openRegistrar(await modelSaying(0, 0, "nc"), "cpu")).rejects.toThrow("no registration network");
});
