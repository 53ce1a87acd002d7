/**
 * @file Version 23 of the project file. Shipped: never edit, add a migration instead.
 * A pairing says which images are of one modality and which of another, and which of them belong together; images without counterpart are in it too. A run
 * that has a row in `translation` makes images of the other modality: `translated_frame` says of which image each is. Being made by a model they are
 * synthetic, and the triggers of version 21 hold for them.
 */
export const pairings = `
CREATE TABLE pairing (
  id INTEGER PRIMARY KEY,
  created_at TEXT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('paired', 'loose', 'unpaired')),
  rule TEXT NOT NULL CHECK (json_valid(rule)),
  remarks TEXT NOT NULL CHECK (json_valid(remarks))
) STRICT;

CREATE TABLE paired_frame (
  pairing_id INTEGER NOT NULL REFERENCES pairing (id),
  place INTEGER NOT NULL,
  source_frame_id INTEGER REFERENCES frame (id),
  target_frame_id INTEGER REFERENCES frame (id),
  PRIMARY KEY (pairing_id, place),
  CHECK (source_frame_id IS NOT NULL OR target_frame_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE TABLE translation (
  run_id INTEGER PRIMARY KEY REFERENCES run (id),
  request TEXT NOT NULL CHECK (json_valid(request))
) STRICT;

CREATE TABLE translated_frame (
  run_id INTEGER NOT NULL REFERENCES translation (run_id),
  source_frame_id INTEGER NOT NULL REFERENCES frame (id),
  frame_id INTEGER NOT NULL REFERENCES frame (id),
  PRIMARY KEY (run_id, source_frame_id)
) STRICT, WITHOUT ROWID;
`;
