/**
 * @file Version 17 of the project file. Shipped: never edit, add a migration instead.
 * Display windows that people kept under a name. Center and width as DICOM PS3.3 C.11.2.1.2, in rescaled values; `function` as its VOI LUT
 * Function (0028,1056); `modality` as its Modality (0008,0060), null: for images of any.
 */
export const keptWindows = `
CREATE TABLE kept_window (
  id INTEGER PRIMARY KEY,
  modality TEXT,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  center REAL NOT NULL,
  width REAL NOT NULL CHECK (width > 0),
  function TEXT NOT NULL CHECK (function IN ('LINEAR', 'LINEAR_EXACT', 'SIGMOID'))
) STRICT;
`;
