/** @file Settings of a method in the form: presets, and in what two sets of them differ. */
import type { MethodRow, PresetRow, SettingField, SettingValue } from "../../../src-main/api/contract.ts";

export type Settings = Record<string, SettingValue>;

/** All settings: those that are not given have their defaults. Settings that the method does not know are left out. */
export function completeSettings({ settings: fields }: Pick<MethodRow, "settings">, given: Settings): Settings {
  return Object.fromEntries(fields.map((field) => [field.key, given[field.key] ?? field.default]));
}

/** The preset that these settings are; null when a person has changed one. */
export function presetOf(method: Pick<MethodRow, "settings" | "presets">, values: Settings): PresetRow | null {
  const isSame = (preset: PresetRow): boolean =>
    Object.entries(completeSettings(method, preset.settings)).every(([key, value]) => values[key] === value);
  return method.presets.find(isSame) ?? null;
}

/**
 * Settings after a choice that leads: those of the first preset with that option, but for what a person has changed of `basis`, the settings that they
 * were offered before.
 */
export function followChoice(
  method: Pick<MethodRow, "settings" | "presets">,
  { values, basis }: { values: Settings; basis: Settings },
  { key, option }: { key: string; option: string },
): { values: Settings; basis: Settings } {
  const offered = method.presets
    .map((preset) => completeSettings(method, preset.settings))
    .find((each) => each[key] === option);
  if (offered === undefined) return { values: { ...values, [key]: option }, basis };
  const changed = differingKeys([values, basis]).filter((each) => each !== key);
  const kept = Object.fromEntries(changed.map((each) => [each, values[each]!]));
  return { values: { ...offered, ...kept }, basis: offered };
}

/** Whether a setting means anything beside the others: it is shown then. One that hangs on a setting without meaning has none. */
export function isUsed(
  { when }: Pick<SettingField, "when">,
  values: Settings,
  fields: readonly Pick<SettingField, "key" | "when">[] = [],
): boolean {
  if (when === undefined) return true;
  const leading = fields.find(({ key }) => key === when.key);
  return values[when.key] === when.is && (leading === undefined || isUsed(leading, values, fields));
}

/** Names of settings that are not the same in all, in the order in which they were first met. */
export function differingKeys(all: readonly Settings[]): string[] {
  const keys = [...new Set(all.flatMap((settings) => Object.keys(settings)))];
  return keys.filter((key) => all.some((settings) => settings[key] !== all[0]![key]));
}

/** Settings that are not the defaults of their method. */
export function changedKeys({ settings: fields }: Pick<MethodRow, "settings">, values: Settings): string[] {
  return fields.filter(({ key, default: usual }) => key in values && values[key] !== usual).map(({ key }) => key);
}
