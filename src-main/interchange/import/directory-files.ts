/**
 * @file What a DICOMDIR says of the files beside it: their order, and which should be there. DICOM PS3.3 annex F, PS3.10 section 8.
 */
import type { RefusedFile } from "../../api/contract.ts";
import type { DecodePool } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import { partsOf } from "../file-names.ts";
import { folderOf } from "./label-files.ts";
import { forDecoding, type ImportFile, type ImportList, isDirectoryOfMedium } from "./list-import-files.ts";

/**
 * The files without their DICOMDIRs: those that one names first, in its order, then all others; each once. A DICOMDIR that cannot be
 * read is refused, so is what it names as an image and is not there; the rest goes on.
 */
export async function followDirectories(
  { pool, signal }: { pool: DecodePool; signal?: AbortSignal },
  files: readonly ImportFile[],
): Promise<ImportList> {
  const directories = files.filter(({ name }) => isDirectoryOfMedium(name));
  const others = files.filter(({ name }) => !isDirectoryOfMedium(name));
  if (directories.length === 0) return { items: others, refused: [] };
  const byName = new Map(others.map((file) => [comparable(file.name), file]));
  const named = new Set<ImportFile>();
  const refused: RefusedFile[] = [];
  for (const directory of directories) {
    try {
      const { fileName } = partsOf(directory.name);
      for (const { path, kind } of await pool.directory(
        forDecoding(directory),
        { fileName },
        signal === undefined ? {} : { signal },
      )) {
        const name = folderOf(directory.name) + path.join("/");
        const file = byName.get(comparable(name));
        if (file !== undefined) named.add(file);
        else if (kind === "IMAGE") refused.push({ file: name, problem: notThere(name).toJSON() });
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // Cancelled: what follows says so of the whole import.
      if (signal?.aborted) break;
      refused.push({ file: directory.name, problem: error.toJSON() });
    }
  }
  return { items: [...named, ...others.filter((file) => !named.has(file))], refused };
}

/** Discs are shown in lower case by some systems, and with the version that ISO 9660 gives each file. */
function comparable(name: string): string {
  return name.toLowerCase().replace(/;\d+$/, "").replace(/\.$/, "");
}

function notThere(name: string): Problem {
  return new Problem({
    code: "file-unreadable",
    title: `${partsOf(name).fileName}: the DICOMDIR names it, but it is not there.`,
    hint: "Copy the whole disc, then import it again; images that are in the project already are not doubled.",
  });
}
