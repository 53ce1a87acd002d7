/**
 * @file Version 26 of the project file. Shipped: never edit, add a migration instead.
 * ONNX networks of a person's own that classifiers are trained on: `id` are the first 16 digits of the file's digest, `record` what was found when it was
 * looked at (methods/grading/trunk-record.ts).
 */
export const trunks = `
CREATE TABLE trunk (
  id TEXT PRIMARY KEY CHECK (length(id) = 16),
  added_at TEXT NOT NULL,
  record TEXT NOT NULL CHECK (json_valid(record)),
  sha256 TEXT NOT NULL REFERENCES blob (sha256)
) STRICT;
`;
