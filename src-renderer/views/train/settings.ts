/** @file Settings of a method in the form: presets, and in what two sets of them differ. */
import type { MethodRow, PresetRow, SettingValue } from "../../../src-main/api/contract.ts";

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

/** Names of settings that are not the same in all, in the order in which they were first met. */
export function differingKeys(all: readonly Settings[]): string[] {
  const keys = [...new Set(all.flatMap((settings) => Object.keys(settings)))];
  return keys.filter((key) => all.some((settings) => settings[key] !== all[0]![key]));
}

/** Settings that are not the defaults of their method. */
export function changedKeys({ settings: fields }: Pick<MethodRow, "settings">, values: Settings): string[] {
  return fields.filter(({ key, default: usual }) => key in values && values[key] !== usual).map(({ key }) => key);
}
