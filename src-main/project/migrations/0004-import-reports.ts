/**
 * @file Version 4 of the project file. Shipped: never edit, add a migration instead.
 * What each import did, to be read later: ImportOutcome of api/contract.ts as JSON, without names that could be those of persons.
 */
export const importReports = `
CREATE TABLE import_report (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ended_at TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (json_valid(outcome))
) STRICT;
`;
