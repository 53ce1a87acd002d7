/** @file Pictures of a backbone in files: each as soon as it is there, none over another. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { BackbonePaintingProgress } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { forkRunProcess } from "../../src-main/app/spawn.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { paintOnBackbone } from "../../src-main/runs/queue.ts";
import { tinyBackbone, tinyContexts, writeFiles } from "../methods/tiny-backbone.ts";
import { drawDisc, entryOf, grayPng, openSession } from "./fixture.ts";

/** A session with a backbone of tiny parts, with a control network. */
async function withBackbone() {
  const open = openSession();
  // Where the process of a painting looks for the list.
  vi.stubEnv("ALIQUOT_HOME", open.folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = join(open.folder, "backbone");
  const tiny = tinyBackbone(3);
  writeFiles(folder, {
    "unet.onnx": await tiny.controlledUnet(),
    "control.onnx": await tiny.control(),
    "vae.onnx": await tiny.vaeDecoder(),
    "contexts.safetensors": tinyContexts(),
  });
  const { id } = await read(open.client.backbones.$post({ json: { folder } }));
  const out = join(open.folder, "out");
  const paint = (json: { count?: number; steps?: number; masks?: string[]; overwrite?: boolean }) =>
    read(open.client.backbones[":id"].paintings.$post({ param: { id }, json: { out, size: 64, steps: 2, ...json } }));
  return { ...open, id, out, paint };
}

test("pictures are written one by one; a cancelled painting keeps them, and nothing is replaced unasked", async () => {
  const { paint, out, id, session, client } = await withBackbone();
  const told: BackbonePaintingProgress[] = [];
  let seen = 0;
  session.listeners.on(({ type, data }) => {
    if (type !== "backbone-painting") return;
    told.push(data);
    if (data.done < 1 || seen > 0) return;
    seen = readdirSync(out).length;
    void client.backbones[":id"].paintings.cancel.$post({ param: { id } });
  });
  const cancelled = await paint({ count: 1000, steps: 20 }).catch((error: unknown) => error as Error);
  expect(cancelled).toMatchObject({ code: "cancelled" });
  // While it paints there are files, and they stay.
  expect(seen).toBeGreaterThan(0);
  const kept = readdirSync(out);
  expect(kept.length).toBeLessThan(1000);
  expect((cancelled as Error).message).toContain(`${kept.length} of 1000 pictures written`);
  for (const name of kept) {
    const { width, channels } = await decodeFrame(readFileSync(join(out, name)), { fileName: name, frame: 0 });
    expect([name, width, channels]).toEqual([expect.stringMatching(/^image-\d+\.png$/), 64, 3]);
  }
  expect(told[0]).toEqual({ backboneId: id, done: 0, total: 1000, step: 0, steps: 20, secondsLeft: null });
  expect(told.at(-1)).toMatchObject({ total: 1000, steps: 20, secondsLeft: expect.any(Number) as number });

  const first = join(out, "image-1.png");
  writeFileSync(first, "something else");
  await expect(paint({ count: 2 })).rejects.toThrow(/already holds files of these names.*image-1\.png/);
  expect(readFileSync(first, "utf8")).toBe("something else");
  expect(await paint({ count: 2, overwrite: true })).toEqual(["image-1.png", "image-2.png"]);
  expect(readFileSync(first).subarray(1, 4).toString()).toBe("PNG");
}, 60_000);

test("masks whose pictures would have one name are refused, and a mask is never painted over", async () => {
  const { paint, out, folder } = await withBackbone();
  const masks = ["a/one.png", "b/ONE.tif"].map((name) => join(folder, name));
  await expect(paint({ masks })).rejects.toThrow(
    /one\.png and ONE\.tif: the pictures of both would be called ONE\.png/,
  );
  expect(existsSync(out)).toBe(false);
  writeFiles(out, { "one.png": "a mask" });
  await expect(paint({ masks: [join(out, "one.png")], overwrite: true })).rejects.toThrow(/choose another folder/);
  expect(readFileSync(join(out, "one.png"), "utf8")).toBe("a mask");
}, 30_000);

test("masks are understood as imported ones, 0 and any other value; what is none is refused before anything is painted", async () => {
  const { paint, out, folder } = await withBackbone();
  const disc = drawDisc(64, 30, 30, 12);
  const mask = async (name: string, values: number[]): Promise<string> => {
    writeFiles(folder, { [`masks/${name}`]: await grayPng(values) });
    return join(folder, "masks", name);
  };
  const masks = [
    await mask("ones.png", disc),
    await mask(
      "bright.png",
      disc.map((inside) => 255 * inside),
    ),
  ];
  expect(await paint({ masks: [masks[1]!] })).toEqual(["bright.png"]);
  const bright = readFileSync(join(out, "bright.png"));
  // The same place has the same randomness.
  expect(await paint({ masks: [masks[0]!] })).toEqual(["ones.png"]);
  expect(readFileSync(join(out, "ones.png")).equals(bright)).toBe(true);
  const empty = await mask(
    "empty.png",
    disc.map(() => 0),
  );
  const soft = await mask(
    "soft.png",
    disc.map((inside, at) => inside * (100 + (at % 7))),
  );
  await expect(paint({ masks: [masks[1]!, empty], overwrite: true })).rejects.toThrow(/empty\.png: the mask is empty/);
  await expect(paint({ masks: [soft] })).rejects.toThrow(/soft\.png: the mask has several values beside 0/);
  const missing = join(folder, "masks/none.png");
  await expect(paint({ masks: [missing] })).rejects.toThrow(/none\.png: it cannot be read/);
  expect(readdirSync(out).toSorted()).toEqual(["bright.png", "ones.png"]);
}, 60_000);

test("a process that dies is told with what was written", async () => {
  const { id } = await withBackbone();
  const child = forkRunProcess(entryOf("run-process"));
  const request = { id, count: 1000, seed: 1, size: 64, solver: "ddim", steps: 20, guidance: 2 } as const;
  let kept = 0;
  const painting = paintOnBackbone(
    child,
    { ...request, device: "cpu", masks: null },
    {
      signal: new AbortController().signal,
      onStep: () => undefined,
      onPicture() {
        if (++kept === 2) child.kill();
        return Promise.resolve();
      },
    },
  );
  const died = await painting.catch((error: unknown) => error as Error);
  expect((died as Error).message).toMatch(/ended unexpectedly/);
  expect((died as Error).message).toContain(`${kept} of 1000 pictures written; what is written stays`);
}, 30_000);
