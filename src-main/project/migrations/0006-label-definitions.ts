/**
 * @file Version 6 of the project file. Shipped: never edit, add a migration instead.
 * Labels of whole images are defined (kind, order, unit, whom they tell of), and what is said of an image can be undone.
 * `frame_label` is for those who read the file: every frame with its labels.
 */
export const labelDefinitions = `
CREATE TABLE label_definition (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('class', 'grade', 'number')),
  scope TEXT NOT NULL CHECK (scope IN ('image', 'patient')),
  options TEXT NOT NULL CHECK (json_type(options) = 'array'),
  unit TEXT,
  minimum REAL,
  maximum REAL
) STRICT;

CREATE TABLE label_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  parent_id INTEGER REFERENCES label_change (id),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX label_change_parent ON label_change (parent_id);

CREATE TABLE label_entry (
  change_id INTEGER NOT NULL REFERENCES label_change (id),
  definition_id INTEGER NOT NULL REFERENCES label_definition (id),
  subject_id INTEGER NOT NULL,
  class_name_before TEXT,
  number_before REAL,
  class_name TEXT,
  number REAL,
  PRIMARY KEY (change_id, definition_id, subject_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE label_value (
  definition_id INTEGER NOT NULL REFERENCES label_definition (id),
  subject_id INTEGER NOT NULL,
  class_name TEXT,
  number REAL,
  PRIMARY KEY (definition_id, subject_id),
  CHECK ((class_name IS NULL) <> (number IS NULL))
) STRICT, WITHOUT ROWID;

ALTER TABLE project ADD COLUMN label_head_id INTEGER REFERENCES label_change (id);

-- A name under which both classes and numbers were said becomes one of classes.
INSERT INTO label_definition (name, kind, scope, options)
SELECT name, iif(count(class_name) = 0, 'number', 'class'), 'image', '[]'
FROM image_label GROUP BY name ORDER BY name;

CREATE TEMP TABLE said AS
SELECT image_label.id, label_definition.id AS definition_id, image_id AS subject_id, created_at,
  iif(kind = 'class', coalesce(class_name, iif(number = CAST(number AS INTEGER),
    CAST(CAST(number AS INTEGER) AS TEXT), CAST(number AS TEXT))), NULL) AS class_name,
  iif(kind = 'number', number, NULL) AS number
FROM image_label JOIN label_definition USING (name);

UPDATE label_definition SET options =
  (SELECT json_group_array(class_name) FROM
    (SELECT DISTINCT class_name FROM said WHERE definition_id = label_definition.id ORDER BY class_name))
WHERE kind = 'class';

INSERT INTO label_change (id, parent_id, created_at)
SELECT id, lag(id) OVER (ORDER BY id), created_at FROM said ORDER BY id;
INSERT INTO label_entry
SELECT id, definition_id, subject_id,
  lag(class_name) OVER earlier, lag(number) OVER earlier, class_name, number
FROM said WINDOW earlier AS (PARTITION BY definition_id, subject_id ORDER BY id);
INSERT INTO label_value
SELECT definition_id, subject_id, class_name, number FROM said
WHERE id IN (SELECT max(id) FROM said GROUP BY definition_id, subject_id);
UPDATE project SET label_head_id = (SELECT max(id) FROM label_change);

DROP TABLE said;
DROP TABLE image_label;

CREATE TRIGGER label_change_is_append_only BEFORE UPDATE ON label_change
BEGIN SELECT RAISE(ABORT, 'label changes are append-only'); END;
CREATE TRIGGER label_entry_is_append_only BEFORE UPDATE ON label_entry
BEGIN SELECT RAISE(ABORT, 'label changes are append-only'); END;

-- place: that of the class among the options, from 0; of grades the lowest is 0.
CREATE VIEW frame_label AS
SELECT frame.id AS frame_id, image.id AS image_id, image.case_id AS case_id, label_definition.name AS label,
  label_definition.kind AS kind, label_value.class_name AS class_name,
  (SELECT key FROM json_each(label_definition.options) WHERE value = label_value.class_name) AS place,
  label_value.number AS number, label_definition.unit AS unit
FROM label_definition
JOIN label_value ON label_value.definition_id = label_definition.id
JOIN image ON label_value.subject_id = iif(label_definition.scope = 'patient', image.case_id, image.id)
JOIN frame ON frame.image_id = image.id;
`;
