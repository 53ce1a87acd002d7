/**
 * @file Which DICOM instance a frame belongs to.
 */

/** UIDs as stored: replaced ones where identity was removed; null where the file had none. */
export interface InstanceReference {
  studyUid: string | null;
  seriesUid: string | null;
  sopClassUid: string | null;
  sopInstanceUid: string | null;
  frameOfReferenceUid: string | null;
  /**
   * Patient's Name and Patient ID of the stored file: a pseudonym unless the person kept identities. null where the file has none; left
   * out by versions that did not record it.
   */
  patient?: { name: string; id: string; isPseudonym: boolean } | null;
  /** Instance Number: the order within the series where places do not tell it. */
  number?: number | null;
  /** Series Description of the stored file, e.g. "T2 axial"; left out where it has none, and by versions that did not record it. */
  seriesDescription?: string;
}
