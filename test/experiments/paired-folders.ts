/**
 * @file Two folders with the same file names, one for each modality, as pairs that lie on each other. Who is one patient stands in the names before the last
 * underscore: "patient07_z060" is slice z060 of patient07.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { CaseSource, SourceFrame } from "../../src-main/dataset/index.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";

export interface PairedFolders {
  name: string;
  patients: readonly string[];
  /** All others to learn from, this one to judge on. */
  without(patient: string): CaseSource;
}

/** Throws where a modality has no folder, or where fewer than two patients have both. */
export function openPairedFolders(folder: string, { from, to }: { from: string; to: string }): PairedFolders {
  const [sources, targets] = [from, to].map((modality) => stemsOf(join(folder, modality)));
  const stems = [...sources!.keys()].filter((stem) => targets!.has(stem)).sort();
  const patients = [...new Set(stems.map(patientOf))];
  if (patients.length < 2) {
    throw new Error(
      `${basename(folder)}: expected images of at least two patients in ${from}/ and ${to}/, got ${stems.length} pairs of ${patients.length}.`,
    );
  }
  const paths = stems.flatMap((stem) => [sources!.get(stem)!, targets!.get(stem)!]);
  return {
    name: `${basename(folder)} ${from} to ${to}`,
    patients,
    without(patient) {
      const frames = stems.flatMap((stem, index): SourceFrame[] => {
        const [source, target] = [2 * index + 1, 2 * index + 2];
        const own = patientOf(stem);
        const role = own === patient ? "validate" : "train";
        const common = { caseId: patients.indexOf(own) + 1, role, hasLabelMap: false } as const;
        return [
          { ...common, frameId: source, modality: { side: "source", counterpart: target } },
          { ...common, frameId: target, modality: { side: "target" } },
        ];
      });
      return {
        frames,
        frame: (frameId) => {
          const path = paths[frameId - 1]!;
          return decodeFrame(readFileSync(path), { fileName: basename(path), frame: 0 });
        },
        labelMap: () => Promise.reject(new Error("paired folders: no image is annotated.")),
      };
    },
  };
}

const patientOf = (stem: string): string => stem.replace(/_[^_]*$/, "");

function stemsOf(folder: string): Map<string, string> {
  const files = readdirSync(folder).filter((name) => /\.(png|jpe?g|tiff?)$/i.test(name));
  return new Map(files.map((file) => [basename(file, extname(file)), join(folder, file)]));
}
