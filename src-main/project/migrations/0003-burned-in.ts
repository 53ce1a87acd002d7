/**
 * @file Version 3 of the project file. Shipped: never edit, add a migration instead.
 * What is known of writing in the pixels of a frame: why and where it is likely (JSON arrays of sentences and of rectangles), when a
 * person looked at it, and how many rectangles were redacted. A frame without a row was imported before this was kept.
 */
export const burnedIn = `
CREATE TABLE burned_in (
  frame_id INTEGER PRIMARY KEY REFERENCES frame (id),
  is_searched INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  regions TEXT NOT NULL,
  redacted_rectangles INTEGER NOT NULL DEFAULT 0,
  redacted_at TEXT,
  reviewed_at TEXT
) STRICT;
`;
