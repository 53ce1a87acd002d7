/**
 * @file What de-identification took out of a data set, counted by name. No value is told.
 */
import type { DataSet } from "dicom-parser";
import type { AttributeCount } from "../deidentify-options.ts";
import { type Tag, text } from "./attributes.ts";
import { profileRow } from "./confidentiality-profile.ts";
import type { WrittenElement } from "./write.ts";

/** Deeper items are not named one by one: such files are made to exhaust readers. */
const MAX_DEPTH = 16;
/** File meta information, written anew. */
const META_GROUP = "0002";

/**
 * Counts by name what `written`, made of `dataSet`, lacks, holds changed, or still has. Items of a sequence are written in their
 * order. `isTechnical` names what is written anew or expressed otherwise: it is not counted when absent.
 */
export function countAttributes(
  dataSet: DataSet,
  written: readonly WrittenElement[],
  isTechnical: (tag: string) => boolean,
): AttributeCount[] {
  const counts = new Map<string, AttributeCount>();
  const count = (name: string, action: AttributeCount["action"]): void => {
    const key = `${action} ${name}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { name, action, count: 1 });
    else known.count++;
  };
  const visit = (level: DataSet, present: readonly WrittenElement[], depth: number): void => {
    const byTag = new Map(present.map((element) => [element.tag, element]));
    for (const [key, { items }] of Object.entries(level.elements)) {
      const tag = key.slice(1);
      if (tag.startsWith(META_GROUP) || tag.startsWith("fffe")) continue;
      const element = byTag.get(Number.parseInt(tag, 16));
      const row = profileRow(tag);
      const isPrivate = Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
      const name = row?.name ?? (isPrivate ? "private attributes" : "other attributes");
      if (element === undefined) {
        if (!isTechnical(key)) count(name, "removed");
      } else if (isChanged(level, key as Tag, element)) count(name, "replaced");
      else if ((row !== null || isPrivate) && !isEmpty(element)) count(name, "kept");
      if (depth === MAX_DEPTH) continue;
      const writtenItems = Array.isArray(element?.value) ? element.value : [];
      items?.forEach((item, index) => item.dataSet && visit(item.dataSet, writtenItems[index] ?? [], depth + 1));
    }
  };
  visit(dataSet, written, 0);
  return [...counts.values()];
}

/** Empty before and after: nothing was kept. */
function isEmpty({ value }: WrittenElement): boolean {
  return typeof value !== "number" && value.length === 0;
}

function isChanged(dataSet: DataSet, key: Tag, { vr, value }: WrittenElement): boolean {
  return vr !== "SQ" && typeof value === "string" && text(dataSet, key) !== (value || null);
}
