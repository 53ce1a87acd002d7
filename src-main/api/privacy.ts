/** @file What de-identification can be told to leave in: the schema of requests and the fields of forms, both by one list. */
import { z } from "zod";
import { type ImportPrivacy, privacyForm } from "../imaging/index.ts";
import type { DeidentifyChoice, PrivacyField } from "./contract.ts";

export const privacyFields: readonly PrivacyField[] = (Object.keys(privacyForm) as (keyof ImportPrivacy)[]).map(
  (name) => ({ name, ...privacyForm[name] }),
);

/** `true`: nothing is left in; `false`: the files stay as they are. */
export const privacyChoice: z.ZodType<boolean | DeidentifyChoice, boolean | DeidentifyChoice> = z.union([
  z.boolean(),
  z.strictObject(
    Object.fromEntries(
      privacyFields.map((field) => [
        field.name,
        (field.kind === "flag" ? z.boolean() : z.enum(field.choices.map(({ value }) => value))).optional(),
      ]),
    ),
  ),
]);
