/**
 * @file The report of an import in plain text, as the command line prints it and people file it; and as a table.
 */
import type { AttributeCount, ImportOutcome, MaskMatch, ProblemFields, RefusedFile } from "../../api/contract.ts";
import { csv } from "../csv.ts";

/** Images named in one line of a match. */
const NAMED_IMAGES = 3;

export function reportText(outcome: ImportOutcome): string {
  const { refused, unmatchedMasks, matches, newClasses, problem } = outcome;
  const sections = [
    [summaryLine(outcome), ...(problem === null ? [] : [sentences(problem)]), ...nothingLine(outcome)],
    section(
      "Matched",
      matches.map((match) => matchLine(match)),
    ),
    section("No image of this name", unmatchedMasks),
    refusedLines(refused),
    section(outcome.dryRun ? "Classes that would be made" : "Classes made", newClasses.made),
    section("Classes that label files name and the project lacks; --add-classes makes them", newClasses.missing),
    removedLines(outcome),
    keptSplitLines(outcome),
    onBlackLines(outcome),
    burnedInLines(outcome),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** One row per file or attribute: what was noted of it, where, how often, and why. */
export function reportCsv(outcome: ImportOutcome): string {
  const { refused, unmatchedMasks, matches, deidentification, burnedIn, onBlack, keptSplit, newClasses } = outcome;
  const counts = ["imported", "frames", "patients", "series", "masks", "duplicates", "labels"] as const;
  return csv([
    ["kind", "name", "count", "detail"],
    ["outcome", outcome.dryRun ? "preview" : outcome.state, null, null],
    ...counts.map((name) => ["count", name, outcome[name], null]),
    ...matches.map(({ file, images, notes }) => ["matched", file, images.length, [...images, ...notes].join("; ")]),
    ...unmatchedMasks.map((file) => ["unmatched", file, null, null]),
    ...refused.map((each) => ["refused", each.file, null, reasonOf(each)]),
    ...newClasses.made.map((name) => ["class made", name, null, null]),
    ...newClasses.missing.map((name) => ["class missing", name, null, null]),
    ...(deidentification?.attributes ?? []).map(({ name, action, count }) => [action, name, count, null]),
    ...(deidentification === null ? [] : [["renamed files", null, deidentification.renamedFiles, null]]),
    ...(keptSplit?.cases ?? []).map(({ name, split }) => ["stays in its split", name, null, split]),
    ...(onBlack?.files ?? []).map((file) => ["transparent, on black", file, null, null]),
    ...burnedIn.images.map(({ file, frameId, reasons }) => ["burned-in writing", file, frameId, reasons.join("; ")]),
  ]);
}

function summaryLine(outcome: ImportOutcome): string {
  const { state, dryRun, imported, frames, patients, series, masks, duplicates, labels, refused } = outcome;
  const start = dryRun
    ? "Nothing was stored. It would import"
    : state === "cancelled"
      ? "Cancelled: imported"
      : "Imported";
  const counts = [
    `${duplicates} were there before`,
    ...(labels > 0 ? [`${labels} labels set`] : []),
    `${refused.length} file${refused.length === 1 ? "" : "s"} refused`,
  ];
  const from = [
    ...(patients > 0 ? [`${patients} patient${patients === 1 ? "" : "s"}`] : []),
    ...(series > 0 ? [`${series} DICOM series`] : []),
  ];
  const of = from.length === 0 ? "" : ` of ${from.join(" in ")}`;
  return `${start} ${imported} images (${frames} frames)${of} and ${masks} masks; ${counts.join("; ")}.`;
}

/** An empty folder is no success that is told by noughts alone. */
function nothingLine({
  imported,
  masks,
  labels,
  duplicates,
  refused,
  unmatchedMasks,
  problem,
  state,
}: ImportOutcome): string[] {
  const files = imported + masks + labels + duplicates + refused.length + unmatchedMasks.length;
  if (files > 0 || problem !== null || state !== "done") return [];
  return ["There are no files in what was chosen. Check the folder; hidden files are left alone."];
}

/** A reason that several files share is told once, above their names. */
function refusedLines(refused: readonly RefusedFile[]): string[] {
  const byReason = Map.groupBy(refused, reasonOf);
  const lines = [...byReason].flatMap(([reason, files]) =>
    files.length === 1
      ? [`  ${files[0]!.file}: ${reason}`]
      : [`  ${files.length} files: ${reason}`, ...files.map(({ file }) => `    ${file}`)],
  );
  return lines.length === 0 ? [] : [`Refused (${refused.length}):`, ...lines];
}

/** Sentences of the problem without the name of the file, which stands beside them. */
function reasonOf({ file, problem }: RefusedFile): string {
  const text = sentences(problem);
  const name = `${file.slice(file.lastIndexOf("/") + 1)}: `;
  return text.startsWith(name) ? text.slice(name.length) : text;
}

function matchLine({ file, images, notes }: MaskMatch): string {
  const shown =
    images.length > NAMED_IMAGES
      ? `${images.length} images: ${images.slice(0, NAMED_IMAGES - 1).join(", ")}, …`
      : images.join(", ");
  return [`${file} -> ${shown}`, ...notes].join("; ");
}

/** What de-identification did, by names of attributes. */
function removedLines({ deidentification }: ImportOutcome): string[] {
  if (deidentification === null) return ["Files were kept as they are, identity included."];
  const { attributes, renamedFiles } = deidentification;
  const named = (action: AttributeCount["action"]): string =>
    attributes
      .filter((each) => each.action === action)
      .map(({ name, count }) => `${name} (${count})`)
      .join(", ");
  const lines = (["removed", "replaced", "kept"] as const)
    .filter((action) => named(action) !== "")
    .map((action) => `De-identification ${action}: ${named(action)}.`);
  return renamedFiles === 0 ? lines : [...lines, `${renamedFiles} file names were replaced by pseudonyms.`];
}

function keptSplitLines({ keptSplit }: ImportOutcome): string[] {
  if (keptSplit === undefined) return [];
  const { images, cases } = keptSplit;
  return [
    `${images} image${images === 1 ? "" : "s"} went to another split than was asked for, where the patient is already (change it there if that is not meant):`,
    ...cases.map(({ name, split }) => `  ${name}: ${split}`),
  ];
}

function onBlackLines({ onBlack }: ImportOutcome): string[] {
  if (onBlack === undefined) return [];
  const { count, files } = onBlack;
  const more = count > files.length ? [`  and ${count - files.length} more`] : [];
  return [
    `${count} image${count === 1 ? " has" : "s have"} transparent pixels, which were put on black:`,
    ...files.map((file) => `  ${file}`),
    ...more,
  ];
}

function burnedInLines({ burnedIn, dryRun }: ImportOutcome): string[] {
  if (burnedIn.count === 0) return [];
  const lines = burnedIn.images.map(({ file, frameId, reasons, regions }) => {
    const places = regions.map(({ x, y, width, height }) => ` --rect ${x},${y},${width},${height}`).join("");
    return `  ${file}${dryRun ? "" : ` (--frame ${frameId}${places})`}: ${reasons.join("; ")}.`;
  });
  const advice = dryRun ? "" : '; look at them, and cover them with "aliquot redact"';
  return [`${burnedIn.count} images may show names in their pixels${advice}:`, ...lines];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title} (${lines.length}):`, ...lines.map((line) => `  ${line}`)];
}

function sentences({ title, detail, hint }: ProblemFields): string {
  return [title, detail, hint].filter(Boolean).join(" ");
}
