/** @file Settings in words. */
import type { MethodRow, SettingValue } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import { changedKeys, type Settings } from "./settings.ts";

/** What the method calls a setting; one that it does not know keeps its key. */
export function settingLabel(methods: readonly MethodRow[], key: string): string {
  const field = methods.flatMap(({ settings }) => settings).find((each) => each.key === key);
  return field === undefined ? key : texts.declared(field.label);
}

export function settingText(value: SettingValue | null): string {
  if (value === null) return texts.units.none;
  if (typeof value === "number") return String(value);
  return typeof value === "boolean" ? texts.train.flags[value ? "on" : "off"] : texts.declared(value);
}

/** "Steps 40, Image size 64": settings that are not the defaults. */
export function describeChanges(method: MethodRow | undefined, settings: Settings): string {
  if (method === undefined) return texts.train.history.unknownMethod;
  const changed = changedKeys(method, settings);
  if (changed.length === 0) return texts.train.history.defaults;
  return changed.map((key) => `${settingLabel([method], key)} ${settingText(settings[key]!)}`).join(", ");
}
