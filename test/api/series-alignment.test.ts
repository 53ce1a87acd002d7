/** @file Two series of which one lies some slices further on and moved in its plane: found, told, undone, and learned from. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { type Project, sha256 } from "../../src-main/project/index.ts";
import { pairFacts, translationFrames } from "../../src-main/runs/translation-request.ts";
import { type Plane, type PlaneTransform, IDENTITY, transformOf } from "../../src-main/voxels/index.ts";
import { errorOf, moved } from "../voxels/brain-slices.ts";
import { openSession } from "./fixture.ts";

const SIDE = 64;
const SLICES = 24;
const plane = { width: SIDE, height: SIDE, spacing: null };

/** A head, whose parts grow, shrink and wander from slice to slice; T2 shows them with other brightness. */
function slice(z: number, values: readonly [number, number, number, number]): Plane {
  const round = (x: number, y: number, cx: number, cy: number, r: number) => Math.hypot(x - cx, y - cy) < r;
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    const head = Math.hypot((x - 31) / 20, (y - 32) / 26) < Math.sqrt(Math.max(0, 1 - ((z - 13) / 20) ** 2));
    if (!head) return 0;
    if (round(x, y, 20 + z, 24, 2 + z / 6)) return values[1];
    if (round(x, y, 36, 46 - z, 9 - z / 4)) return values[2];
    return round(x, y, 24, 40, Math.abs(z - 11) / 2) ? values[3] : values[0];
  });
  return { width: SIDE, height: SIDE, data };
}

async function addSeries(project: Project, modality: "T1" | "T2", slices: readonly Plane[]): Promise<number[]> {
  const sources = await Promise.all(slices.map(({ data }) => encodePng(Uint8Array.from(data), SIDE, SIDE, 1)));
  const frame = {
    ...({ width: SIDE, height: SIDE, channels: 1, sampleType: "uint8", photometric: "MONOCHROME2" } as const),
    ...{ rescaleSlope: 1, rescaleIntercept: 0, window: null, spacing: null },
  };
  return project.images.add(
    {
      sourceBytes: sources,
      sourceSha256: sha256(Buffer.from(modality)),
      fileName: `head-${modality}.png`,
      format: "png",
      modality,
      patientKey: null,
      caseName: "patient 1",
      thumbnail: sources[0]!,
      frames: sources.map((thumbnail) => ({ ...frame, thumbnail })),
    },
    { split: modality === "T1" ? "train" : null },
  ).frameIds;
}

async function openSeries({ further, by }: { further: number; by: PlaneTransform }) {
  const { client, folder, session } = openSession();
  await read(client.project.create.$post({ json: { path: join(folder, "s.aliquot"), classes: ["lesion"] } }));
  const { project } = session.open;
  const places = Array.from({ length: SLICES }, (_, z) => z);
  const sources = await addSeries(
    project,
    "T1",
    places.map((z) => slice(z, [90, 200, 40, 150])),
  );
  // Its slice z shows what the other shows `further` slices before.
  const targets = await addSeries(
    project,
    "T2",
    places.map((z) => moved(slice(z - further, [160, 60, 230, 100]), by)),
  );
  await read(client.pairings.$post({ json: { from: "T1", to: "T2" } }));
  return { client, project, sources, targets };
}

const param = { id: "1" };

test(
  "the slices by which series are apart are found with the map, and taken back by one undo",
  { timeout: 60_000 },
  async () => {
    const by = transformOf([3, -2, 4], plane);
    const { client, project, sources, targets } = await openSeries({ further: 3, by });
    const align = (alongSlices: boolean) =>
      read(client.pairings[":id"].align.$post({ param, json: { model: "rigid", alongSlices } }));
    const before = await read(client.pairings[":id"].$get({ param }));
    const within = await align(false);
    expect(within.slices).toEqual([]);
    expect(within.pairing.frames.map(({ target }) => target)).toEqual(targets);

    const { slices, moved: count, pairing } = await align(true);
    expect(slices).toEqual([3]);
    expect(count).toBe(SLICES);
    expect(pairing.frames.map(({ target }) => target)).toEqual([...targets.slice(3), null, null, null]);
    const { alignment } = pairing.frames[5]!;
    expect(alignment!.slices).toBe(3);
    expect(errorOf(alignment!.transform, by)).toBeLessThan(1);
    expect(pairing).toMatchObject({ pairs: SLICES - 3, missing: 3, targets: SLICES });
    // Sources without counterpart can be translated; a training learns from the pairs as they are now.
    expect(project.pairings.paired(1)).toEqual(new Set(sources.slice(0, -3)));
    const learned = new Map(translationFrames(project).frames.map(({ frameId, modality }) => [frameId, modality!]));
    expect(learned.get(sources[5]!)).toMatchObject({ counterpart: targets[8], alignment: alignment!.transform });
    // What has none is there for the intensities of its series and as neighbor, and teaches nothing.
    const last = translationFrames(project).frames.find(({ frameId }) => frameId === sources.at(-1))!;
    expect(last).toMatchObject({ isContext: true, modality: { side: "source" } });
    expect(pairFacts(translationFrames(project))).toMatchObject({ train: SLICES - 3, sources: SLICES - 3 });
    // Marking a pair leaves its place; aligning anew starts from the files.
    const json = { places: [5], mark: "loose" as const };
    const marked = await read(client.pairings[":id"].pairs.$put({ param, json }));
    expect(marked.frames[5]).toMatchObject({ target: targets[8], mark: "loose" });
    expect((await align(true)).slices).toEqual([3]);
    for (let undone = 0; undone < 4; undone++) await read(client.pairings[":id"].undo.$post({ param }));
    expect((await read(client.pairings[":id"].$get({ param }))).frames).toEqual(before.frames);
  },
);

test(
  "series that lie right stay, and taking the alignment off brings all pairs back",
  { timeout: 60_000 },
  async () => {
    const { client, targets } = await openSeries({ further: -2, by: IDENTITY });
    const align = async (model: "affine" | "none") =>
      read(client.pairings[":id"].align.$post({ param, json: { model, alongSlices: true } }));
    const { slices, pairing } = await align("affine");
    expect(slices).toEqual([-2]);
    expect(pairing.frames.map(({ target }) => target)).toEqual([null, null, ...targets.slice(0, -2)]);
    const off = await align("none");
    expect(off.pairing.frames.map(({ target }) => target)).toEqual(targets);

    const right = await openSeries({ further: 0, by: IDENTITY });
    const json = { model: "rigid" as const, alongSlices: true };
    const stayed = await read(right.client.pairings[":id"].align.$post({ param, json }));
    expect(stayed.slices).toEqual([]);
    expect(stayed.pairing.frames.map(({ target }) => target)).toEqual(right.targets);
  },
);
