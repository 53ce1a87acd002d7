/** @file Painting with networks on a tiny backbone, as they begin: by masks, by images beside them, and what is told on the way. */
import { expect, test } from "vitest";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import { SIZE, study, untrained } from "./untrained-on-backbone.ts";
import { paintFromBackbone } from "../../src-main/methods/siamese-diffusion/backbone/in-worker.ts";

test("a model on a backbone paints by its masks, and by real images beside them as far as their weight says; programs are told before they are made, and a stop ends it there", async () => {
  const { weights, shelf } = await untrained();
  const generator = await siameseDiffusion.openGenerator!(weights, "cpu", { backbones: shelf });
  const { image } = generator.asPainted(await study.frame(1));
  expect(image).toHaveLength(3 * SIZE * SIZE);
  let compiled = 0;
  const by = (weight?: number) =>
    generator.paint(new Uint8Array(SIZE * SIZE).fill(1, 0, 2000), [[1]], {
      settings: { samplingSteps: 1, guidance: 1 },
      onCompile: () => void compiled++,
      ...(weight !== undefined && { references: { images: image as Float32Array, weight } }),
    });
  const [mask, unseen, seen] = [await by(), await by(0), await by(1)];
  for (const [place, value] of unseen.entries()) expect(value).toBeCloseTo(mask[place]!, 5);
  expect(seen).not.toEqual(unseen);
  // Reading and looking, each by masks alone and with an image: told before, and once.
  expect(compiled).toBe(4);
  const stopped = new Error("stopped");
  const stop = () => {
    throw stopped;
  };
  const another = generator.paint(new Uint8Array(SIZE * SIZE), [[1]], {
    settings: { samplingSteps: 1, guidance: 2 },
    onCompile: stop,
  });
  await expect(another).rejects.toBe(stopped);
  await generator.release();
}, 120_000);

test("what painting takes is reckoned before anything is opened, and too much is refused in the words of a training", async () => {
  const { weights, shelf } = await untrained();
  const { record } = shelf.find();
  // Nothing is there to be opened.
  const nowhere = { find: () => ({ record, folder: "/nowhere" }) };
  const small = 64 * 2 ** 20;
  const refused = /^backbone: a step needs about .* of memory, 64 MiB are available\. The most: the backbone /;
  const opening = siameseDiffusion.openGenerator!(weights, "cpu", { backbones: nowhere, memoryLimit: small });
  await expect(opening).rejects.toThrow(refused);

  const unet = { ...record.parts[0]!, role: "unet" as const };
  const painter = { ...record, parts: [...record.parts, unet] };
  const asked = { id: record.id, solver: "ddim", steps: 2, guidance: 9, maskOf: null, keys: [[1]] } as const;
  const first = (size: number, memoryLimit: number) =>
    paintFromBackbone(
      { ...asked, size },
      { shelf: { find: () => ({ record: painter, folder: "/nowhere" }) }, device: "cpu", memoryLimit },
    ).next();
  await expect(first(64, small)).rejects.toThrow(refused);
  // The scores of attention grow with the fourth power of the side.
  await expect(first(1024, 2 ** 31)).rejects.toThrow(/2\.0 GiB are available/);
  await expect(first(64, 2 ** 31)).rejects.toThrow(/is not in its folder any more/);
});
