/**
 * @file Version 25 of the project file. Shipped: never edit, add a migration instead.
 * What a person made of the pairs of a pairing: the latest row of a pair says how it stands, none that it is as it was found. Changes of one action are taken
 * back together, by their rows. An alignment is a map within the plane and what it was found by: voxels/alignment.
 */
export const pairChanges = `
CREATE TABLE pair_change (
  id INTEGER PRIMARY KEY,
  action INTEGER NOT NULL,
  pairing_id INTEGER NOT NULL,
  place INTEGER NOT NULL,
  changed_at TEXT NOT NULL,
  mark TEXT NOT NULL CHECK (mark IN ('kept', 'loose', 'removed')),
  alignment TEXT CHECK (json_valid(alignment)),
  FOREIGN KEY (pairing_id, place) REFERENCES paired_frame (pairing_id, place)
) STRICT;

CREATE INDEX pair_change_by_pair ON pair_change (pairing_id, place, id);
`;
