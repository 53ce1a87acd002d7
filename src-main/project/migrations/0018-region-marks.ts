/**
 * @file Version 18 of the project file. Shipped: never edit, add a migration instead.
 * What a person kept and removed of a proposal region by region, before a decision about the whole and also after it, so that the decision can be
 * taken back to it: JSON of contract.ts's RegionMark[], in the order in which it was done.
 */
export const regionMarks = `
CREATE TABLE region_marks (
  proposal_id INTEGER PRIMARY KEY REFERENCES proposal (id),
  marks TEXT NOT NULL CHECK (json_valid(marks)),
  changed_at TEXT NOT NULL
) STRICT;
`;
