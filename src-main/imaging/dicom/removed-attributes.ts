/**
 * @file What de-identification took out of a data set, counted by name. No value is looked at.
 */
import type { DataSet } from "dicom-parser";
import type { AttributeCount } from "../deidentify-options.ts";
import { profileRow } from "./confidentiality-profile.ts";

/** Deeper items are not named one by one: such files are made to exhaust readers. */
const MAX_DEPTH = 16;
/** File meta information, written anew. */
const META_GROUP = "0002";

/**
 * Counts by name: `kept` and `replaced` hold tags of the top level ("x" and eight digits) that the stored file has as they
 * were, or changed; `isTechnical` says what the allow-list keeps at any level.
 */
export function countAttributes(
  dataSet: DataSet,
  { kept, replaced, isTechnical }: { kept: Set<string>; replaced: Set<string>; isTechnical: (tag: string) => boolean },
): AttributeCount[] {
  const counts = new Map<string, AttributeCount>();
  const count = (name: string, action: AttributeCount["action"]): void => {
    const key = `${action} ${name}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { name, action, count: 1 });
    else known.count++;
  };
  const visit = ({ elements }: DataSet, depth: number): void => {
    for (const [key, { items }] of Object.entries(elements)) {
      const tag = key.slice(1);
      if (tag.startsWith(META_GROUP) || tag.startsWith("fffe")) continue;
      const isTop = depth === 0;
      const row = profileRow(tag);
      if (Number.parseInt(tag.slice(0, 4), 16) % 2 === 1) count("private attributes", "removed");
      else if (isTop && replaced.has(key)) count(row?.name ?? "other attributes", "replaced");
      else if (isTop && kept.has(key)) {
        if (row !== null) count(row.name, "kept");
      } else if (!isTechnical(key)) count(row?.name ?? "other attributes", "removed");
      if (depth < MAX_DEPTH) for (const item of items ?? []) if (item.dataSet) visit(item.dataSet, depth + 1);
    }
  };
  visit(dataSet, 0);
  return [...counts.values()];
}
