/** @file Settings on the command line: `--set key=value`, as often as wanted. */
import { InvalidArgumentError } from "commander";
import type { SettingField } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";

/** Gives `--set` values the type that the method declares. */
export async function methodSettings({ client }: CommandContext, methodId: string, texts: Record<string, string>) {
  const methods = await read(client.methods.$get({ query: {} }));
  const method = methods.find(({ id }) => id === methodId);
  if (method === undefined) {
    const known = methods.map(({ id }) => id).join(", ");
    throw new Problem({
      code: "bad-request",
      title: `There is no method "${methodId}".`,
      detail: `Known: ${known}.`,
      hint: "Give one of them to --method.",
    });
  }
  return typedSettings(method, texts);
}

/** Gives `--set` values the type that is declared. `id`: whose settings they are. */
export function typedSettings(
  { id, settings }: { id: string; settings: readonly SettingField[] },
  texts: Readonly<Record<string, string>>,
) {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]): [string, number | boolean | string] => {
      const field = settings.find((each) => each.key === key);
      if (field === undefined) {
        const known = settings.map((each) => each.key).join(", ");
        throw new Problem({
          code: "bad-request",
          title: `${id} has no setting "${key}".`,
          detail: known === "" ? "It has none." : `Known: ${known}.`,
          hint: known === "" ? "Leave --set out." : "Give one of them to --set.",
        });
      }
      if (field.kind === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return [key, Number(text)];
      if (field.kind === "boolean" && (text === "true" || text === "false")) return [key, text === "true"];
      if (field.kind === "choice" && field.options.includes(text)) return [key, text];
      const expected = { number: "a number", boolean: "true or false", choice: "" }[field.kind];
      throw new Problem({
        code: "bad-request",
        title: `${id}: "${text}" does not fit the setting "${key}".`,
        detail: `Expected ${field.kind === "choice" ? field.options.join(", ") : expected}.`,
        hint: `Write --set ${key}=VALUE with such a value.`,
      });
    }),
  );
}

export function setting(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected key=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
