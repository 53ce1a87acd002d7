/**
 * @file The log of actions on many images at once: what each changed, and where undo stands. A line from the first action to the head;
 * an action after an undo begins a branch, and redo follows the newest.
 */
import type { BulkHistory, BulkKind, Split } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

/** What an action changed, by ids. */
export interface BulkDetail {
  split: { cases: [caseId: number, before: Split | null, after: Split | null][] };
  accept: { proposals: number[] };
  reject: { proposals: number[] };
  remove: { images: number[] };
  label: { labelId: number; changeId: number; subjects: number };
}

export type BulkAction = {
  [Kind in BulkKind]: { id: number; parentId: number | null; kind: Kind; detail: BulkDetail[Kind] };
}[BulkKind];

interface ActionRow {
  id: number;
  parentId: number | null;
  kind: BulkKind;
  detail: string;
}

const ACTION = "SELECT id, parent_id AS parentId, kind, detail FROM bulk_action";

/** Appends an action that was done just now and makes it the head. Within an edit. Returns its id. */
export function recordBulk<Kind extends BulkKind>(file: ProjectFile, kind: Kind, detail: BulkDetail[Kind]): number {
  const { id } = file.run(
    "INSERT INTO bulk_action (parent_id, created_at, kind, detail) VALUES (?, ?, ?, ?)",
    headId(file),
    new Date().toISOString(),
    kind,
    JSON.stringify(detail),
  );
  moveBulkHead(file, id);
  return id;
}

/** The latest action that stands; null when there is none. */
export function bulkHead(file: ProjectFile): BulkAction | null {
  return parsed(file.get<ActionRow>(`${ACTION} WHERE id = ?`, headId(file)));
}

/** The action that redo would do; null when there is none. */
export function bulkNext(file: ProjectFile): BulkAction | null {
  return parsed(file.get<ActionRow>(`${ACTION} WHERE parent_id IS ? ORDER BY id DESC LIMIT 1`, headId(file)));
}

/** Within an edit. */
export function moveBulkHead(file: ProjectFile, actionId: number | null): void {
  file.run("UPDATE project SET bulk_head_id = ?", actionId);
}

export function bulkHistory(file: ProjectFile): BulkHistory {
  const told = (action: BulkAction | null) =>
    action === null ? null : { kind: action.kind, changed: countOf(action) };
  return { undo: told(bulkHead(file)), redo: told(bulkNext(file)) };
}

/** Cases, proposals or images that it changed. */
function countOf(action: BulkAction): number {
  switch (action.kind) {
    case "split":
      return action.detail.cases.length;
    case "accept":
    case "reject":
      return action.detail.proposals.length;
    case "remove":
      return action.detail.images.length;
    case "label":
      return action.detail.subjects;
  }
}

function headId(file: ProjectFile): number | null {
  return file.get<{ id: number | null }>("SELECT bulk_head_id AS id FROM project")!.id;
}

function parsed(row: ActionRow | undefined): BulkAction | null {
  return row === undefined ? null : ({ ...row, detail: JSON.parse(row.detail) } as BulkAction);
}
