/** @file Methods of training, and their settings as a form shows them. */
import type { SettingField, SettingValue } from "../../methods/index.ts";
import type { LabelDefinition } from "./labels.ts";
export type { SettingField, SettingValue } from "../../methods/index.ts";

export interface MethodRow {
  id: string;
  title: string;
  summary: string;
  settings: SettingField[];
  /** Named settings, sized for the open project and this computer where they depend on them; the first is the default. */
  presets: PresetRow[];
  /** Frames at least: annotated ones of train and validation; without annotation. */
  needs: { train: number; validate: number; unlabelled: number };
  /** Of a method that learns labels of whole images: those that it can learn. */
  labels?: LabelDefinition[];
  /** Of a method that learns to go from one modality to another: those of the pairing that was asked for, else of the newest, and images of the first to learn from. null: none are paired. */
  modalities?: { pairingId: number; source: string; target: string; images: number } | null;
}

export interface PresetRow {
  id: string;
  title: string;
  summary: string;
  /** Those that differ from the defaults of the fields. */
  settings: Record<string, SettingValue>;
}
