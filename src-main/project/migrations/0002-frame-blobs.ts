/**
 * @file Version 2 of the project file. Shipped: never edit, add a migration instead.
 * Slices of a volume and pages of a document are stored each by itself, so that one is shown without reading all:
 * frame.blob_sha256 then holds it as its own file of one frame. NULL: it is frame frame_index of the image's file.
 */
export const frameBlobs = `
ALTER TABLE frame ADD COLUMN blob_sha256 TEXT REFERENCES blob (sha256);
`;
