/** @file Pairings of two modalities as a person made them, and what was made of their pairs since. */
import type {
  Modalities,
  PairAlignment,
  PairingChoices,
  PairingDetail,
  PairingRequest,
  PairingRow,
  PairingRule,
  PairMark,
  PairRow,
  Split,
} from "../api/contract.ts";
import { Problem, type Statement } from "../problem/index.ts";
import { type Grid, type GridRelation, gridRelation } from "../voxels/index.ts";
import type { ProjectFile } from "./file.ts";
import type { Images } from "./images.ts";
import { isMovedAlong, movedAlongSlices, seriesOfSlices } from "./moved-series.ts";
import { PairChanges, pairKey } from "./pair-changes.ts";
import { pairingChoices } from "./pairing-choices.ts";
import { remarksOf } from "./pairing-remarks.ts";
import { counterpartsBy, framesOfSide, type PairableFrame, pairImages } from "./pairing-rule.ts";
import type { Slices } from "./slices.ts";
import type { Translations } from "./translations.ts";
import { found } from "./trouble.ts";

interface PairingParts {
  file: ProjectFile;
  images: Images;
  slices: Slices;
  translations: Translations;
}

interface PairingRecord extends Modalities {
  pairingId: number;
  createdAt: string;
  rule: string;
  remarks: string;
}

/** `relation`: how the target is brought onto the pixels of the source before it is aligned. */
export interface PairToAlign {
  place: number;
  source: number;
  target: number;
  relation: GridRelation;
  /** Slices of the target's series in their order; of an image by itself absent. */
  series?: readonly number[];
}

/** As `PairRow`. */
export interface StandingPair {
  source: number;
  target: number;
  alignment: PairAlignment | null;
  relation: GridRelation;
}

export class Pairings {
  readonly #parts: PairingParts;
  readonly #changes: PairChanges;

  constructor(parts: PairingParts) {
    this.#parts = parts;
    this.#changes = new PairChanges(parts.file);
  }

  /** What the modalities may be called. */
  choices(): PairingChoices {
    return pairingChoices(this.#pairable());
  }

  /** Stores what belongs together now. Images that a model made are left out. Throws `Problem` where there is nothing to pair. */
  add(request: PairingRequest): PairingRow {
    const { file } = this.#parts;
    const frames = this.#pairable();
    const pairs = pairImages(frames, request);
    const remarks = remarksOf(frames, pairs);
    const { rule, kind } = pairs;
    const pairingId = file.edit("pair two modalities", ["project", "pairings"], () => {
      const { id } = file.run(
        "INSERT INTO pairing (created_at, source, target, kind, rule, remarks) VALUES (?, ?, ?, ?, ?, ?)",
        new Date().toISOString(),
        request.from,
        request.to,
        kind,
        JSON.stringify(rule),
        JSON.stringify(remarks),
      );
      for (const [place, { source, target }] of pairs.frames.entries()) {
        file.run(
          "INSERT INTO paired_frame (pairing_id, place, source_frame_id, target_frame_id) VALUES (?, ?, ?, ?)",
          id,
          place,
          source,
          target,
        );
      }
      // Pairing again for new images is no reason to judge and align the old ones again.
      const known = this.#changes.ofImages();
      const kept = pairs.frames.flatMap((pair, place) => {
        const standing = known.get(pairKey(pair));
        return standing === undefined ? [] : { place, ...standing };
      });
      if (kept.length > 0) this.#changes.add("pair two modalities", id, kept);
      return id;
    });
    return this.row(pairingId);
  }

  /** Newest first. */
  list(): PairingRow[] {
    return this.#records().map((record) => this.#row(record));
  }

  row(pairingId: number): PairingRow {
    return this.#row(this.#record(pairingId));
  }

  get(pairingId: number): PairingDetail {
    return {
      ...this.row(pairingId),
      frames: this.pairs(pairingId),
      canUndo: this.#changes.latestAction(pairingId) !== null,
      translators: this.#parts.translations.translators(this.#record(pairingId)),
    };
  }

  /** The newest; null where there is none. */
  latest(): PairingRow | null {
    const [record] = this.#records();
    return record === undefined ? null : this.#row(record);
  }

  /** All pairs as they stand, removed ones too, of images that are in the project now: one whose counterpart was removed has none. */
  pairs(pairingId: number): PairRow[] {
    const { translations } = this.#parts;
    const record = this.#record(pairingId);
    const there = new Set(this.#parts.images.frames().map(({ frameId }) => frameId));
    const translated = translations.newest(record, there);
    const grids = this.#grids();
    return this.#placed(record, there).map((pair): PairRow => {
      const relation = relationOf(pair, grids);
      return { ...pair, relation, translated: translated.get(pair.source ?? -1) ?? null };
    });
  }

  /** What there is to learn from: a removed pair is two images without counterpart. */
  frames(pairingId: number): Pick<PairRow, "source" | "target" | "alignment" | "relation">[] {
    const there = new Set(this.#parts.images.frames().map(({ frameId }) => frameId));
    const grids = this.#grids();
    const alone = { alignment: null, relation: null };
    const pairs = this.#placed(this.#record(pairingId), there);
    const met = new Set(pairs.map(({ target }) => target));
    // What a series that was moved along its slices has left behind.
    const left = this.#found(pairingId, there).filter(({ target }) => target !== null && !met.has(target));
    return [
      ...pairs.flatMap((pair) => {
        const { source, target, mark, alignment } = pair;
        const relation = relationOf(pair, grids);
        if (mark !== "removed" || source === null || target === null) return [{ source, target, alignment, relation }];
        return [
          { source, target: null, ...alone },
          { source: null, target, ...alone },
        ];
      }),
      ...left.map(({ target }) => ({ source: null, target, ...alone })),
    ];
  }

  /** One action on these pairs, which `undo` takes back together. */
  mark(pairingId: number, places: readonly number[], mark: PairMark): void {
    const known = this.#pairedPlaces(pairingId, places);
    this.#changes.add(
      "mark pairs",
      pairingId,
      known.map(({ place, alignment }) => ({ place, mark, alignment })),
    );
  }

  /**
   * Pairs that are moved as one: those of two series, or one by itself. `places`: those that are asked for, and all that go with them; default all. Removed ones
   * are left out.
   */
  alignmentUnits(pairingId: number, places?: readonly number[]): PairToAlign[][] {
    const volumes = this.#parts.slices.volumes();
    const there = new Set(this.#parts.images.frames().map(({ frameId }) => frameId));
    const grids = this.#grids();
    const series = this.#targetSeries(this.#record(pairingId));
    const pairs = this.#found(pairingId, there).flatMap((pair): PairToAlign | [] => {
      const { place, source, target, mark } = pair;
      if (source === null || target === null || mark === "removed") return [];
      const own = series.get(target);
      return { place, source, target, relation: relationOf(pair, grids)!, ...(own && { series: own }) };
    });
    const units = Map.groupBy(pairs, ({ place, source, target }) => {
      const [own, other] = [volumes.get(source), volumes.get(target)];
      return own === undefined || other === undefined ? `pair ${place}` : `volumes ${own.id} ${other.id}`;
    });
    const wanted = places === undefined ? null : new Set(places);
    return [...units.values()].filter((unit) => wanted === null || unit.some(({ place }) => wanted.has(place)));
  }

  /** Stores an alignment of pairs, or takes it from them. `action`: that of earlier ones that are taken back with it. Returns the action. */
  align(pairingId: number, places: readonly number[], alignment: PairAlignment | null, action?: number): number {
    const known = this.#pairedPlaces(pairingId, places);
    return this.#changes.add(
      "align pairs",
      pairingId,
      known.map(({ place, mark }) => ({ place, mark, alignment })),
      action,
    );
  }

  /** Takes the latest action on these pairs back. Throws `Problem` where there is none. */
  undo(pairingId: number): PairingDetail {
    this.#record(pairingId);
    this.#changes.undo(pairingId);
    return this.get(pairingId);
  }

  /** Ids of all images of the project that are of this side of the rule now, in the order of the image list. */
  ofSide(rule: PairingRule, side: "source" | "target"): number[] {
    return framesOfSide(this.#pairable(), rule, side).map(({ frameId }) => frameId);
  }

  /** Sources that have a counterpart now: an image too that came after the pairing, none that a person said is none. */
  paired(pairingId: number): Set<number> {
    return new Set(this.standing(pairingId).map(({ source }) => source));
  }

  /** Pairs as they stand now: those of the pairing, then those of images that came after it. */
  standing(pairingId: number): StandingPair[] {
    const { kind, rule } = this.row(pairingId);
    const stored = this.frames(pairingId).flatMap(({ source, target, alignment, relation }) =>
      source === null || target === null ? [] : { source, target, alignment, relation: relation! },
    );
    if (kind === "unpaired") return stored;
    const there = new Set(this.#parts.images.frames().map(({ frameId }) => frameId));
    const removed = new Map(
      this.#found(pairingId, there).flatMap(({ source, target, mark }) =>
        mark === "removed" ? [[source, target] as const] : [],
      ),
    );
    // A slice that its series has moved away from has no counterpart: what the rule says of it was before.
    const moved = this.#found(pairingId, there).filter(isMovedAlong);
    const known = new Set([...stored, ...moved].map(({ source }) => source));
    const grids = this.#grids();
    const found = [...counterpartsBy(this.#pairable(), rule)].flatMap(([source, target]) => {
      if (known.has(source) || removed.get(source) === target) return [];
      return { source, target, alignment: null, relation: relationOf({ source, target }, grids)! };
    });
    return [...stored, ...found];
  }

  #records(): PairingRecord[] {
    return this.#parts.file.all(
      `SELECT id AS pairingId, created_at AS createdAt, source, target, kind, rule, remarks FROM pairing ORDER BY id DESC`,
    );
  }

  #record(pairingId: number): PairingRecord {
    const record = this.#records().find((each) => each.pairingId === pairingId);
    return found(record, "pairing", pairingId);
  }

  /** As they were found, with what was made of them since. */
  #found(pairingId: number, there: ReadonlySet<number>): Omit<PairRow, "relation" | "translated">[] {
    const kept = (frameId: number | null): number | null => (frameId !== null && there.has(frameId) ? frameId : null);
    const changes = this.#changes.latest(pairingId);
    return this.#parts.file
      .all<{ place: number; source: number | null; target: number | null }>(
        `SELECT place, source_frame_id AS source, target_frame_id AS target FROM paired_frame WHERE pairing_id = ? ORDER BY place`,
        pairingId,
      )
      .map(({ place, source, target }) => ({ place, source: kept(source), target: kept(target) }))
      .filter(({ source, target }) => source !== null || target !== null)
      .map((pair) => ({ ...pair, ...(changes.get(pair.place) ?? { mark: "kept", alignment: null }) }));
  }

  /** As `#found`, with the counterparts that series have which were moved along their slices. */
  #placed(record: PairingRecord, there: ReadonlySet<number>): Omit<PairRow, "relation" | "translated">[] {
    const found = this.#found(record.pairingId, there);
    return found.some(isMovedAlong) ? movedAlongSlices(found, this.#targetSeries(record)) : found;
  }

  #targetSeries({ rule }: PairingRecord): Map<number, readonly number[]> {
    return seriesOfSlices(framesOfSide(this.#pairable(), JSON.parse(rule) as PairingRule, "target"));
  }

  /** Those that have both images. Throws `Problem` where one has not. */
  #pairedPlaces(pairingId: number, places: readonly number[]): Omit<PairRow, "relation" | "translated">[] {
    const there = new Set(this.#parts.images.frames().map(({ frameId }) => frameId));
    this.#record(pairingId);
    const pairs = new Map(this.#found(pairingId, there).map((pair) => [pair.place, pair]));
    return places.map((place) => {
      const pair = pairs.get(place);
      if (pair !== undefined && pair.source !== null && pair.target !== null) return pair;
      throw new Problem({
        code: "bad-request",
        title: `Place ${place} of pairing ${pairingId} is no pair.`,
        detail: "One of its images is missing.",
        hint: "Choose images that have a counterpart.",
      });
    });
  }

  #row({ rule, remarks, ...record }: PairingRecord): PairingRow {
    const frames = this.frames(record.pairingId);
    const isLoose = [...this.#changes.latest(record.pairingId).values()].some(({ mark }) => mark === "loose");
    const splits = new Map(this.#parts.images.frames().map(({ frameId, split }) => [frameId, split]));
    const bySplit: Record<Split | "unassigned", number> = { train: 0, val: 0, test: 0, unlabelled: 0, unassigned: 0 };
    const pairs = frames.filter(({ source, target }) => source !== null && target !== null);
    for (const { source } of pairs) bySplit[splits.get(source!) ?? "unassigned"]++;
    const count = (side: "source" | "target"): number => new Set(frames.flatMap((frame) => frame[side] ?? [])).size;
    return {
      ...record,
      kind: isLoose && record.kind === "paired" ? "loose" : record.kind,
      rule: JSON.parse(rule) as PairingRule,
      remarks: JSON.parse(remarks) as Statement[],
      pairs: pairs.length,
      sources: count("source"),
      targets: count("target"),
      bySplit,
      missing: frames.filter(({ source, target }) => source !== null && target === null).length,
    };
  }

  #grids(): Map<number, Grid> {
    return new Map(this.#pairable().map(({ frameId, grid }) => [frameId, grid]));
  }

  #pairable(): PairableFrame[] {
    const { images, slices } = this.#parts;
    const volumes = slices.volumes();
    const fileNames = images.fileNames();
    return images.frames().flatMap((row): PairableFrame[] => {
      if (row.isSynthetic) return [];
      const { width, height, spacing, geometry, instance } = images.metadata(row.frameId);
      return [
        {
          frameId: row.frameId,
          imageId: row.imageId,
          caseId: row.caseId,
          fileName: fileNames.get(row.imageId)!,
          modality: row.modality,
          seriesDescription: instance?.seriesDescription ?? null,
          volumeId: volumes.get(row.frameId)?.id ?? null,
          grid: { width, height, spacing, geometry, frameOfReferenceUid: instance?.frameOfReferenceUid },
        },
      ];
    });
  }
}

/** null where one of both is missing. */
function relationOf(
  { source, target }: Pick<PairRow, "source" | "target">,
  grids: ReadonlyMap<number, Grid>,
): GridRelation | null {
  const [own, other] = [grids.get(source ?? -1), grids.get(target ?? -1)];
  return own === undefined || other === undefined ? null : gridRelation(other, own);
}
