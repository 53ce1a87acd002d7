/**
 * @file What two splits must not share. A case has one split by design; these are the ways around it: one patient under two cases,
 * and one picture in two files.
 */
import type { Leak, LeakReport, Split } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

/** Leaks told in full, and frames told of each. */
const MAX_LEAKS = 200;
const MAX_FRAMES = 12;

interface LeakRecord {
  splits: string;
  cases: string;
  frameIds: string;
}

/** Rows of what stands in several splits under one `key`. Cases without a split leak nothing; unlabelled images are learned from. */
const shared = (key: string): string => `
  SELECT json_group_array(DISTINCT case_.split) AS splits, json_group_array(DISTINCT case_.name) AS cases,
    json_group_array(frame.id) AS frameIds
  FROM frame JOIN image ON image.id = frame.image_id JOIN case_ ON case_.id = image.case_id
  WHERE case_.split IS NOT NULL AND image.removed_by IS NULL GROUP BY ${key} HAVING count(DISTINCT case_.split) > 1
  ORDER BY min(frame.id)`;

/** What two splits share; each pair of images is told by its strongest reason. */
export function findLeaks(file: ProjectFile): LeakReport {
  const told = new Set<number>();
  const leaks: Leak[] = [];
  const keys = [
    [
      "same-file",
      "coalesce(frame.blob_sha256, image.blob_sha256), iif(frame.blob_sha256 IS NULL, frame.frame_index, 0)",
    ],
    ["same-picture", "frame.thumbnail_sha256, frame.width, frame.height"],
    ["same-patient", "case_.name"],
  ] as const;
  for (const [kind, key] of keys) {
    for (const record of file.all<LeakRecord>(shared(key))) {
      const frameIds = JSON.parse(record.frameIds) as number[];
      if (frameIds.every((id) => told.has(id))) continue;
      for (const id of frameIds) told.add(id);
      leaks.push({
        kind,
        splits: JSON.parse(record.splits) as Split[],
        cases: (JSON.parse(record.cases) as string[]).slice(0, MAX_FRAMES),
        frameIds: frameIds.slice(0, MAX_FRAMES),
      });
    }
  }
  return { leaks: leaks.slice(0, MAX_LEAKS), total: leaks.length };
}
