/**
 * @file Names that every JavaScript object inherits: a table that is a plain object answers to them.
 */
export const inheritedNames = ["constructor", "__proto__", "toString", "hasOwnProperty"] as const;
