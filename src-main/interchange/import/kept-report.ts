/**
 * @file The report of an import as the project keeps it: files bear the names that the project knows them by, and nothing that a
 * label file or a header said is quoted.
 */
import type { ImportOutcome, ProblemFields } from "../../api/contract.ts";
import { partsOf } from "../file-names.ts";
import type { StoredNames } from "../stored-names.ts";

/** `names` are those of the import: unchanged where the person chose to keep them. */
export function reportToKeep(outcome: ImportOutcome, names: StoredNames): ImportOutcome {
  const { refused, unmatchedMasks, burnedIn, onBlack, newClasses, problem } = outcome;
  const nameOf = (file: string): string => names.fileName(partsOf(file).fileName);
  return {
    ...outcome,
    refused: refused.map((each) => ({ file: nameOf(each.file), problem: withoutName(each, nameOf(each.file)) })),
    unmatchedMasks: unmatchedMasks.map(nameOf),
    burnedIn: { ...burnedIn, images: burnedIn.images.map((image) => ({ ...image, file: nameOf(image.file) })) },
    ...(onBlack === undefined ? {} : { onBlack: { ...onBlack, files: onBlack.files.map(nameOf) } }),
    // What label files called classes that were not made is theirs.
    newClasses: { made: newClasses.made, missing: [] },
    matches: [],
    problem: problem === null ? null : told(problem),
  };
}

/** Without the detail, which may quote names of files. */
function told({ code, title, hint }: ProblemFields): ProblemFields {
  return { code, title, ...(hint === undefined ? {} : { hint }) };
}

/** Titles begin with the name of the file; details may quote others. */
function withoutName({ file, problem }: { file: string; problem: ProblemFields }, kept: string): ProblemFields {
  const { fileName, stem } = partsOf(file);
  const { code, title, hint } = problem;
  const renamed = title.replaceAll(fileName, kept).replaceAll(stem, partsOf(kept).stem);
  return { code, title: renamed, ...(hint === undefined ? {} : { hint }) };
}
