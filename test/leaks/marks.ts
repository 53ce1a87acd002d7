/**
 * @file The marks of a patient who does not exist, and where bytes hold one of them, in any of the ways in which it may be written.
 */
/** Of even length, as values are; the numbers too long to turn up within digits of a UID by chance. */
export const text = "Zq7Marking";
export const date = "19470713";
export const time = "235741.194713";
export const uid = "9.87654.321";
export const number = "4711080815";
export const binary = Buffer.from("c0ffee0ddba11aa1", "hex");

/** A name in the character sets of files: UTF-8 (ISO_IR 192) and ISO 2022 IR 87. PS3.3 C.12.1.1.2. */
export const namesByCharacterSet: readonly { terms: string; bytes: Buffer }[] = [
  { terms: "ISO_IR 192", bytes: Buffer.from("Žqmärkíng") },
  { terms: "\\ISO 2022 IR 87", bytes: Buffer.from("1b24423b3345443d33451b2842", "hex") },
];

/** What must be found nowhere. */
export const marks: readonly Buffer[] = [
  ...[text, date, time, uid, number].map((mark) => Buffer.from(mark)),
  binary,
  ...namesByCharacterSet.map(({ bytes }) => bytes),
];

/** Latin letters are compared without regard to case. */
const folded = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("latin1").toLowerCase(), "latin1");
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();

/** As it is, in words of 16 bits the other way round, in UTF-16 of both orders. */
const waysOf = (mark: Buffer): Buffer[] => {
  const plain = folded(mark);
  const wide = Buffer.from(plain.toString("latin1"), "utf16le");
  // A text that starts at an odd place is swapped with its neighbors: without the first and last letter it is whole again.
  return [plain, swapped(plain), swapped(plain.subarray(1)), wide, swapped(wide)];
};

/** Base64, at each of the three places where a text may start within it; without the ends, which depend on the neighbors. */
const base64WaysOf = (mark: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const code = Buffer.concat([Buffer.alloc(before), mark])
      .toString("base64")
      .replace(/=+$/, "");
    return code.slice(before === 0 ? 0 : before + 1, -1);
  });

const ways = marks.map((mark) => ({
  name: mark.toString("latin1"),
  bytes: waysOf(mark),
  // Of short marks too little is left to be sure.
  base64: mark.length >= 8 ? base64WaysOf(mark) : [],
}));

/** The marks that the bytes hold. */
export function found(bytes: Buffer): string[] {
  const lower = folded(bytes);
  return ways
    .filter((way) => way.bytes.some((each) => lower.includes(each)) || way.base64.some((code) => bytes.includes(code)))
    .map(({ name }) => name);
}
