/**
 * @file How the label maps of revisions are stored: mostly as what they changed on their parent, now and then whole, so that any revision
 * is back after few steps. A stroke on a crowded 512² mask takes about a hundred bytes instead of three thousand.
 */
import { labelPatch, patchLabelMap } from "../voxels/index.ts";
import { pack, type PackedBytes, unpack } from "./blobs.ts";
import type { ProjectFile } from "./file.ts";
import { found } from "./trouble.ts";

/** Changes in a row, after which a map is stored whole. */
const MOST_PATCHES = 32;
/** Bytes of maps gone through to restore one, some 50 ms of work: crowded large maps are stored whole more often. */
const MOST_BYTES = 2 * 2 ** 20;
/** Changes larger than this share of the map gain too little. */
const LARGEST_SHARE = 0.25;
/** Restored maps kept, in bytes: the parent of the next stroke is nearly always among them. */
const KEPT_BYTES = 4 * 2 ** 20;

export interface StoredLabelMap extends PackedBytes {
  /** 0: the whole map; n: a change on the parent's, the n-th since a whole one. */
  patchDepth: number;
}

interface RevisionRow extends StoredLabelMap {
  parentId: number | null;
}

export class Revisions {
  readonly #file: ProjectFile;
  /** Run-length bytes by revision, last used last. */
  readonly #kept = new Map<number, Uint8Array<ArrayBuffer>>();
  #keptBytes = 0;

  constructor(file: ProjectFile) {
    this.#file = file;
    file.onRollback(() => {
      this.#kept.clear();
      this.#keptBytes = 0;
    });
  }

  /** Run-length bytes of any revision, as a fresh buffer. Throws `Problem` "not-found". */
  labelMap(revisionId: number): Uint8Array<ArrayBuffer> {
    const patches: { id: number; bytes: Uint8Array }[] = [];
    let id = revisionId;
    let bytes = this.#kept.get(id);
    while (bytes === undefined) {
      const row = this.#row(id);
      const stored = unpack(row);
      if (row.patchDepth === 0) bytes = stored;
      else {
        patches.push({ id, bytes: stored });
        id = row.parentId!;
        bytes = this.#kept.get(id);
      }
    }
    for (const patch of patches.reverse()) bytes = patchLabelMap(bytes, patch.bytes);
    this.#keep(revisionId, bytes);
    return bytes.slice();
  }

  /** How to store a label map that follows `parentId`: run-length bytes that were checked. */
  packed(rle: Uint8Array, parentId: number | null): StoredLabelMap {
    const patchDepth = parentId === null ? 0 : this.#row(parentId).patchDepth + 1;
    if (parentId !== null && patchDepth <= MOST_PATCHES && patchDepth * rle.length <= MOST_BYTES) {
      const patch = pack(labelPatch(this.labelMap(parentId), rle));
      if (patch.bytes.length < LARGEST_SHARE * rle.length) return { ...patch, patchDepth };
    }
    return { ...pack(rle), patchDepth: 0 };
  }

  #row(revisionId: number): RevisionRow {
    return found(
      this.#file.get<RevisionRow>(
        `SELECT parent_id AS parentId, patch_depth AS patchDepth, is_deflated AS isDeflated, label_map AS bytes
         FROM mask_revision WHERE id = ?`,
        revisionId,
      ),
      "revision",
      revisionId,
    );
  }

  #keep(revisionId: number, bytes: Uint8Array<ArrayBuffer>): void {
    const known = this.#kept.get(revisionId);
    if (known !== undefined) {
      this.#kept.delete(revisionId);
      this.#keptBytes -= known.length;
    }
    this.#kept.set(revisionId, bytes);
    this.#keptBytes += bytes.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
  }
}
