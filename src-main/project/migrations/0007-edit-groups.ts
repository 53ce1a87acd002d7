/**
 * @file Version 7 of the project file. Shipped: never edit, add a migration instead.
 * Revisions of several frames that were made by one action, so that undo takes them back as one.
 */
export const editGroups = `
CREATE TABLE edit_group (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at TEXT NOT NULL
) STRICT;
ALTER TABLE mask_revision ADD COLUMN group_id INTEGER REFERENCES edit_group (id);
CREATE INDEX mask_revision_group ON mask_revision (group_id) WHERE group_id IS NOT NULL;
`;
