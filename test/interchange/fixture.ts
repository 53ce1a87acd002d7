/** @file What tests of labels have in common: a decode pool, files in memory, projects with pictures. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createDecodePool, type DecodePool, encodePng, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import {
  type ImportFile,
  importImages,
  type ImportOptions,
  type ImportReport,
} from "../../src-main/interchange/index.ts";
import { createProject, type Project } from "../../src-main/project/index.ts";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { temporaryFolder } from "../project/fixture.ts";

/** A pool for all tests of a file. */
export function poolOfFile(): () => DecodePool {
  let pool: DecodePool;
  beforeAll(() => {
    const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
    pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
  });
  afterAll(() => pool.close());
  return () => pool;
}

export const memoryFile = (name: string, bytes: Uint8Array | string): ImportFile => ({
  name,
  read: () => Promise.resolve(typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes)),
});

export function importInto(project: Project, pool: DecodePool, options: Partial<ImportOptions>): Promise<ImportReport> {
  return importImages({ project, pool, items: [], patient: { kind: "auto" }, ...options });
}

/** An open project with these classes. */
export function projectWith(...classes: string[]): Project {
  const project = createProject(path.join(temporaryFolder(), "other.aliquot"), { classes });
  onTestFinished(() => project.close());
  return project;
}

/** A gray PNG of one level. */
export function grayPng(level: number, { width, height }: { width: number; height: number }): Promise<Uint8Array> {
  return encodePng(new Uint8Array(width * height).fill(level), width, height, 1);
}

/** Label maps by name of the frame; null: not annotated. */
export function mapsOf(project: Project): Record<string, number[] | null> {
  return Object.fromEntries(
    project.images.frames().map(({ name, frameId, width, height }) => {
      const rle = project.annotations.mask(frameId);
      return [name, rle === null ? null : [...decodeLabelMap(rle, { width, height }).data]];
    }),
  );
}
