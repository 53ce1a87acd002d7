/** @file Files out of a drop or a file field: folders are walked, paths are kept relative to what was chosen. */
import { desktopShell } from "../../api/shell.ts";
import type { UploadedFile } from "../../api/requests.ts";

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

/** Files below a folder called masks, labels or the like are masks: how public sets are laid out. */
export function sortByRole<Entry extends { path: string }>(
  files: readonly Entry[],
): { images: Entry[]; masks: Entry[] } {
  const visible = files.filter(({ path }) => !/(^|\/)\./.test(path));
  return {
    images: visible.filter(({ path }) => !MASK_FOLDERS.test(path)),
    masks: visible.filter(({ path }) => MASK_FOLDERS.test(path)),
  };
}
