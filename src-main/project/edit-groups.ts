/**
 * @file Actions on several frames: the revisions that one of them made.
 */
import type { ProjectFile } from "./file.ts";

export interface GroupMember {
  frameId: number;
  revisionId: number;
  parentId: number | null;
}

/** Begins an action on several frames; returns its id. Within an edit. */
export function newGroup(file: ProjectFile): number {
  return file.run("INSERT INTO edit_group (created_at) VALUES (?)", new Date().toISOString()).id;
}

/** All revisions of the action that made this one; itself alone where it was on one frame. */
export function groupOf(file: ProjectFile, revisionId: number): GroupMember[] {
  return file.all<GroupMember>(
    `SELECT member.frame_id AS frameId, member.id AS revisionId, member.parent_id AS parentId
     FROM mask_revision AS made JOIN mask_revision AS member
       ON member.id = made.id OR member.group_id = made.group_id
     WHERE made.id = ? ORDER BY member.id`,
    revisionId,
  );
}
