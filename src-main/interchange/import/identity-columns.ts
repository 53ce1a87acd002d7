/**
 * @file Which columns of a table seem to name persons instead of labelling images: by their titles and by what they hold.
 */

/** Words of titles: names, contacts, numbers of persons and examinations, places, free text. */
const identityWords = new Set(
  (
    "name surname forename firstname lastname birth birthdate birthday born dob mrn pid ssn nhs insurance accession uid address " +
    "street city town zip postcode phone telephone mobile fax mail email referrer referring physician doctor radiologist operator " +
    "hospital institution clinic ward station comment comments note notes remark remarks report text description freetext"
  ).split(" "),
);
const patientNumber = /^(patient|subject|case|study|exam)[ _-]?(no|nr|num|number|nummer)$/i;
/** 1947-07-13, 19470713, 13.7.1947, 07/13/47, with or without a time. */
const dateForm = /^(\d{4}[-./]?\d{2}[-./]?\d{2}|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2}))([ T].*)?$/;
/** More different texts than this, and more than half of the rows have their own: no classes. */
const MOST_CLASSES = 20;

/** Whether the column is left out of a project without identities. `values` are those that are not empty. */
export function holdsIdentity(title: string, values: readonly string[]): boolean {
  const words = title
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
  if (words.some((word) => identityWords.has(word)) || patientNumber.test(title.trim())) return true;
  if (values.some((value) => value.includes("^") || isDate(value))) return true;
  const different = new Set(values).size;
  const isOwn = different > values.length / 2;
  // Numbers of persons: six digits and more, hardly one twice.
  if (isOwn && values.length > 0 && values.every((value) => /^\d{6,}$/.test(value))) return true;
  return isOwn && different > MOST_CLASSES && values.some((value) => !Number.isFinite(Number(value)));
}

function isDate(value: string): boolean {
  if (!dateForm.test(value)) return false;
  const digits = value.replace(/\D/g, "");
  // Eight digits may be a number: a date has a month and a day.
  return !/^\d{8}$/.test(value) || (/^(19|20)/.test(digits) && +digits.slice(4, 6) <= 12 && +digits.slice(6, 8) <= 31);
}
