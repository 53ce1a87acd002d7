/** @file A session on a temporary folder with real decoding processes, and small images drawn by code. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { onTestFinished } from "vitest";
import { createApi, Session } from "../../src-main/api/index.ts";
import type { ImportState } from "../../src-main/api/contract.ts";
import { forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { type Client, createClient, read } from "../../src-main/app/client.ts";
import { forkCheckProcess, forkInferenceProcess, forkRunProcess } from "../../src-main/app/spawn.ts";

export const root = join(import.meta.dirname, "../..");
/** Source of an entry of src-main/app. */
export const entryOf = (name: string) => join(root, "src-main/app", `${name}.ts`);

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "aliquot-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface OpenSession {
  folder: string;
  session: Session;
  api: ReturnType<typeof createApi>;
  client: Client;
}

export function openSession({ demoFolder }: { demoFolder?: string } = {}): OpenSession {
  const folder = temporaryFolder();
  const session = new Session({
    version: "0.0.0-test",
    configFolder: join(folder, "config"),
    home: join(folder, "home"),
    demoFolder: demoFolder ?? join(folder, "no-demo"),
    workFolder: folder,
    device: "cpu",
    spawnRun: () => forkRunProcess(entryOf("run-process")),
    spawnInference: () => forkInferenceProcess(entryOf("inference-process")),
    spawnDecode: () => forkDecodeProcess(entryOf("decode-process")),
    spawnCheck: () => forkCheckProcess(entryOf("check-process")),
  });
  onTestFinished(() => session.close());
  const api = createApi(session);
  return { folder, session, api, client: createClient(api) };
}

/** An open project with one class, and `patients` cases of two imported images each; all have masks but the last case. */
export async function openProjectWithImages(patients = 1): Promise<OpenSession & { path: string }> {
  const open = openSession();
  const path = join(open.folder, "study.aliquot");
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  const { images, masks } = await writeImages(open.folder, patients);
  await importPaths(open, [images], masks);
  return { ...open, path };
}

export async function importPaths(
  { client, session }: OpenSession,
  paths: string[],
  masks?: string,
): Promise<ImportState> {
  const json = { paths, masks, patient: { kind: "pattern" as const, pattern: "(p[0-9]+)_" } };
  const { importId } = await read(client.imports.folder.$post({ json }));
  return session.open.importJob(importId).ended;
}

/** `images/p1_0.png` … with a bright disc each, and the disc as mask for all patients but the last of several. */
export async function writeImages(folder: string, patients: number): Promise<{ images: string; masks: string }> {
  const images = join(folder, "images");
  const masks = join(folder, "masks");
  for (const each of [images, masks]) mkdirSync(each, { recursive: true });
  for (let patient = 1; patient <= patients; patient++) {
    for (let slice = 0; slice < 2; slice++) {
      const disc = drawDisc(64, 16 + 4 * patient, 24 + 8 * slice, 10);
      const name = `p${patient}_${slice}.png`;
      writeFileSync(join(images, name), await grayPng(disc.map((inside, index) => (inside ? 200 : 40) + (index % 7))));
      if (patient === 1 || patient < patients) {
        writeFileSync(join(masks, name), await grayPng(disc.map((inside) => (inside ? 255 : 0))));
      }
    }
  }
  return { images, masks };
}

/** 1 within the disc. */
export function drawDisc(size: number, centerX: number, centerY: number, radius: number): number[] {
  return Array.from({ length: size * size }, (_, index) =>
    Number(Math.hypot((index % size) - centerX, Math.floor(index / size) - centerY) <= radius),
  );
}

/** A square 8-bit PNG. */
export function grayPng(values: number[]): Promise<Buffer> {
  const size = Math.sqrt(values.length);
  return sharp(Uint8Array.from(values), { raw: { width: size, height: size, channels: 1 } })
    .toColorspace("b-w")
    .png()
    .toBuffer();
}
