/**
 * @file The names that a project keeps of files and cases. File names hold names of people, birth dates and patient numbers
 * more often than not: only those that look like plain technical identifiers are kept, others become pseudonyms.
 */
import type { DeidentifyChoice } from "../api/contract.ts";
import { namePseudonym } from "../imaging/index.ts";
import { partsOf } from "./file-names.ts";

export interface StoredNames {
  /** What stands for the stem of a file name: itself or a pseudonym, the same one each time. */
  stem(stem: string): string;
  /** The same for a patient found in a file name. */
  caseName(name: string): string;
  /** File name without folders. An ending that is none of an image format is left out. */
  fileName(fileName: string): string;
}

/** `secret` is the project's. */
export function storedNames(secret: Uint8Array): StoredNames {
  const pseudonymized = (kind: "image" | "patient", name: string): string =>
    isTechnicalName(name) ? name : `${kind}-${namePseudonym(secret, name)}`;
  const stemOf = (stem: string): string => pseudonymized("image", stem);
  return {
    stem: stemOf,
    caseName: (name) => pseudonymized("patient", name),
    fileName: (fileName) => {
      const { stem } = partsOf(fileName);
      const ending = fileName.slice(stem.length);
      return stemOf(stem) + (imageEnding.test(ending) ? ending : "");
    },
  };
}

/** The names under which an import that is asked to remove identities so far, or not at all, stores files and cases. */
export function namesOf(deidentify: boolean | DeidentifyChoice, secret: Uint8Array): StoredNames {
  const keepsNames = deidentify === false || (deidentify !== true && deidentify.keepFileNames === true);
  return keepsNames ? unchangedNames : storedNames(secret);
}

/** For names that the person chose to keep. */
export const unchangedNames: StoredNames = {
  stem: (stem) => stem,
  caseName: (name) => name,
  fileName: (fileName) => fileName,
};

const imageEnding = /^\.(png|jpe?g|dcm|dicom|ima|tiff?|bmp|webp|nii|gz|nii\.gz|nrrd|nhdr)$/i;

/** Words that data sets number their files with. */
const technicalWords = new Set(
  (
    "image images img im imgs frame slice series scan case cases patient pat subject sub subj sample study visit ses session " +
    "volume vol stack view left right train training val valid validation test testing mask seg label gt raw processed crop " +
    "resized original orig demo data dataset set fold part page copy file photo picture " +
    "ct mr mri us xr cr dx mg pt pet nm oct xa rf cxr t1 t2 t1w t2w flair stir dwi adc pd swi bold t1ce t1gd ax axial cor " +
    "coronal sag sagittal pre post contrast native brain head chest thorax lung heart cardiac abdomen liver kidney spine knee " +
    "hip breast prostate retina fundus skin polyp nuclei cell cells normal benign malignant lesion tumor healthy control " +
    "baseline followup es ed systole diastole apex mid basal sax lax cine loop nii png jpg dcm"
  ).split(" "),
);
/** At most two letters or a technical word, at most five digits, perhaps one letter: p01, s3, IM0001, slice12, t1w, 007b. */
const numbered = /^([a-z]*)(\d{0,5})([a-z]?)$/i;
/** Digests and random identifiers: letters and digits mixed, hexadecimal. */
const hexadecimal = /^(?=(?:[0-9]*[a-f]){2})(?=(?:[a-f]*[0-9]){2})[0-9a-f]{8,64}$/;
/** Three numbers that may be a date, and numbers of more than eight digits in all pieces together. */
const dateLike = /(?<!\d)(\d{1,2}[-_. ]\d{1,2}[-_. ](\d{4}|\d{2})|\d{4}[-_. ]\d{1,2}[-_. ]\d{1,2})(?!\d)/;

/** Whether a name without ending can hold no name, birth date or number of a person. Initials of two letters pass. */
export function isTechnicalName(name: string): boolean {
  if (/^(image|patient)-[0-9a-f]{12}$/.test(name)) return true; // a pseudonym already
  if (name.length > 80 || dateLike.test(name)) return false;
  const pieces = name.split(/[-_. ]+/).filter((piece) => piece !== "");
  const digits = pieces
    .filter((piece) => !hexadecimal.test(piece))
    .join("")
    .replace(/\D/g, "").length;
  return pieces.length > 0 && digits <= 10 && pieces.every(isTechnicalPiece);
}

function isTechnicalPiece(piece: string): boolean {
  if (hexadecimal.test(piece) || technicalWords.has(piece.toLowerCase())) return true;
  const match = numbered.exec(piece);
  return match !== null && (match[1]!.length <= 2 || technicalWords.has(match[1]!.toLowerCase()));
}
