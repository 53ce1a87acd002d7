/**
 * @file Version 28 of the project file. Shipped: never edit, add a migration instead.
 * `carried_from` of an annotation of a translated image: the revision of its source that it repeats. Its origin is that of the source's.
 */
export const carriedOutlines = `
ALTER TABLE mask_revision ADD COLUMN carried_from INTEGER REFERENCES mask_revision (id);
CREATE INDEX translated_frame_made ON translated_frame (frame_id);
`;
