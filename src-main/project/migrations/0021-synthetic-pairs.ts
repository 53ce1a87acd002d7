/**
 * @file Version 21 of the project file. Shipped: never edit, add a migration instead.
 * A run that has a row in `synthesis` makes synthetic pairs. A pair becomes an image of the project when a person accepts it: `frame_id` points there from
 * then on, also after the image was removed again. What is synthetic stays so and is trained on only, whatever program writes to the file.
 */

/** JSON is read only of rows that hold the word. */
const isSynthetic = (row: string): string =>
  `instr(${row}.metadata, '"synthetic"') > 0 AND json_extract(${row}.metadata, '$.synthetic') IS NOT NULL`;

export const syntheticPairs = `
CREATE TABLE synthesis (
  run_id INTEGER PRIMARY KEY REFERENCES run (id),
  request TEXT NOT NULL CHECK (json_valid(request)),
  quality TEXT CHECK (quality IS NULL OR json_valid(quality))
) STRICT;

CREATE TABLE synthetic_pair (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES synthesis (run_id),
  place INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  channels INTEGER NOT NULL,
  image_sha256 TEXT NOT NULL REFERENCES blob (sha256),
  thumbnail_sha256 TEXT NOT NULL REFERENCES blob (sha256),
  frame_metadata TEXT NOT NULL CHECK (json_valid(frame_metadata)),
  is_deflated INTEGER NOT NULL,
  label_map BLOB NOT NULL,
  classes TEXT NOT NULL CHECK (json_valid(classes)),
  origin TEXT NOT NULL CHECK (json_valid(origin)),
  quality TEXT NOT NULL CHECK (json_valid(quality)),
  features BLOB NOT NULL,
  decision TEXT CHECK (decision IN ('accepted', 'rejected')),
  frame_id INTEGER REFERENCES frame (id),
  UNIQUE (run_id, place)
) STRICT;
CREATE INDEX synthetic_pair_frame ON synthetic_pair (frame_id);

CREATE TABLE pair_decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  decided_at TEXT NOT NULL,
  pairs TEXT NOT NULL CHECK (json_valid(pairs)),
  undone_at TEXT
) STRICT;

CREATE TRIGGER synthetic_case_is_trained_on BEFORE UPDATE OF split ON case_
WHEN NEW.split IN ('val', 'test') AND EXISTS (
  SELECT 1 FROM image JOIN frame ON frame.image_id = image.id
  WHERE image.case_id = NEW.id AND ${isSynthetic("frame")})
BEGIN SELECT RAISE(ABORT, 'synthetic images are trained on only'); END;

CREATE TRIGGER synthetic_frame_is_trained_on BEFORE INSERT ON frame
WHEN ${isSynthetic("NEW")} AND EXISTS (
  SELECT 1 FROM image JOIN case_ ON case_.id = image.case_id WHERE image.id = NEW.image_id AND case_.split IN ('val', 'test'))
BEGIN SELECT RAISE(ABORT, 'synthetic images are trained on only'); END;

CREATE TRIGGER synthetic_image_keeps_its_case BEFORE UPDATE OF case_id ON image
WHEN NEW.case_id IS NOT OLD.case_id AND EXISTS (
  SELECT 1 FROM frame WHERE frame.image_id = NEW.id AND ${isSynthetic("frame")})
BEGIN SELECT RAISE(ABORT, 'a synthetic image keeps its case'); END;

CREATE TRIGGER synthetic_frame_stays_so BEFORE UPDATE OF metadata, image_id ON frame
WHEN ${isSynthetic("OLD")}
  AND (json_extract(NEW.metadata, '$.synthetic') IS NULL OR NEW.image_id IS NOT OLD.image_id)
BEGIN SELECT RAISE(ABORT, 'a synthetic image stays marked as such'); END;
`;
