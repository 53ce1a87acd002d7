/** @file Files out of a drop or a file field: folders are walked, paths are kept relative to what was chosen. */
import { desktopShell } from "../../api/shell.ts";
import type { ImportFiles, UploadedFile } from "../../api/requests.ts";

export interface Dropped extends UploadedFile {
  /** Whole path on this computer; null in a browser tab, which does not tell. */
  diskPath: string | null;
}

/** Must be called within the drop event: the browser forgets the entries afterwards. */
export async function filesOfDrop(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: Dropped[] = [];
  for (const entry of entries) await walk(entry, files);
  return files;
}

export function filesOfField(list: FileList): Dropped[] {
  return [...list].map((file) => dropped(file, file.webkitRelativePath || file.name));
}

async function walk(entry: FileSystemEntry, files: Dropped[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    files.push(dropped(file, entry.fullPath.replace(/^\//, "")));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A folder is read in portions of at most 100 entries; an empty portion is the end.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return;
    for (const child of portion) await walk(child, files);
  }
}

function dropped(file: File, path: string): Dropped {
  return { file, path, diskPath: desktopShell()?.pathOfFile(file) || null };
}

const MASK_FOLDERS = /(^|\/)(masks?|labels?|annotations?|ground[ _-]?truth)\//i;
const TABLES = /\.csv$/i;

/** Files below a folder called masks, labels or the like are masks: how public sets are laid out. Tables hold labels of images. */
export function sortByRole<Entry extends { path: string }>(files: readonly Entry[]): ImportFiles<Entry> {
  const visible = files.filter(({ path }) => !/(^|\/)\./.test(path));
  const [labels, others] = [visible.filter(isTable), visible.filter((file) => !isTable(file))];
  return {
    images: others.filter(({ path }) => !MASK_FOLDERS.test(path)),
    masks: others.filter(({ path }) => MASK_FOLDERS.test(path)),
    labels,
  };
}

function isTable({ path }: { path: string }): boolean {
  return TABLES.test(path);
}

/** Whether a file may hold a volume, which is sliced in a plane of choice. */
export function mayBeVolume({ path }: { path: string }): boolean {
  return /\.(nii(\.gz)?|nrrd|nhdr)$/i.test(path);
}

/**
 * Folders and files on this computer that hold just these files, so that they are read in place with their folders in their names;
 * null where the browser does not tell. Whole folders were chosen: of `set/masks/a.png` as a mask it is `set/masks`.
 */
export function diskRoots(
  files: readonly Pick<Dropped, "path" | "diskPath">[],
  role: "images" | "masks",
): string[] | null {
  const roots = new Set<string>();
  for (const { path, diskPath } of files) {
    if (diskPath === null) return null;
    const masks = role === "masks" ? MASK_FOLDERS.exec(path) : null;
    const inner = masks === null ? path.replace(/^[^/]+/, "") : path.slice(masks.index + masks[0].length - 1);
    roots.add(diskPath.slice(0, diskPath.length - inner.length));
  }
  return [...roots];
}
