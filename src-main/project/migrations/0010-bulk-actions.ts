/**
 * @file Version 10 of the project file. Shipped: never edit, add a migration instead.
 * Actions on many images at once, each undone as one. `detail` says what was there before: bulk-log.ts. Images that were removed stay in
 * the file, named by the action that removed them, until it is undone; `frame_label` leaves them out.
 */
export const bulkActions = `
CREATE TABLE bulk_action (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  parent_id INTEGER REFERENCES bulk_action (id),
  created_at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('split', 'accept', 'reject', 'remove', 'label')),
  detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;
CREATE INDEX bulk_action_parent ON bulk_action (parent_id);
CREATE TRIGGER bulk_action_is_append_only BEFORE UPDATE ON bulk_action
BEGIN SELECT RAISE(ABORT, 'bulk actions are append-only'); END;

ALTER TABLE project ADD COLUMN bulk_head_id INTEGER REFERENCES bulk_action (id);
ALTER TABLE image ADD COLUMN removed_by INTEGER REFERENCES bulk_action (id);

DROP VIEW frame_label;
CREATE VIEW frame_label AS
SELECT frame.id AS frame_id, image.id AS image_id, image.case_id AS case_id, label_definition.name AS label,
  label_definition.kind AS kind, label_value.class_name AS class_name,
  (SELECT key FROM json_each(label_definition.options) WHERE value = label_value.class_name) AS place,
  label_value.number AS number, label_definition.unit AS unit
FROM label_definition
JOIN label_value ON label_value.definition_id = label_definition.id
JOIN image ON label_value.subject_id = iif(label_definition.scope = 'patient', image.case_id, image.id)
JOIN frame ON frame.image_id = image.id
WHERE image.removed_by IS NULL;
`;
