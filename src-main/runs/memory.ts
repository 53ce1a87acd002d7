/** @file A training that does not fit into memory is refused before it starts, with settings that should fit. */
import { largestText, NotEnoughMemoryError, sizeText } from "../engine/runtime/index.ts";
import type { Method, SettingField, SettingValue, StartRequest, TrainingSession } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";

/** Between two image sizes that are looked at, and what they are a multiple of: networks halve them up to five times. */
const STEP_DOWN = 0.8;
const SIDE = 32;
/** What the setting itself asks of sides: those of patches of volumes are small, so that steps of `SIDE` would be too long. */
const PATCH_SIDE = 16;
/** Share of the memory that an offer may fill: it is reckoned, not planned. */
export const CAREFUL = 0.85;

type Settings = Readonly<Record<string, SettingValue>>;
type NumberField = Extract<SettingField, { kind: "number" }>;

/** Throws `Problem` "not-enough-memory" with `settings` that should fit, if there are any. */
export async function startWithin(method: Method, request: StartRequest): Promise<TrainingSession> {
  try {
    return await method.start(request);
  } catch (error) {
    if (!(error instanceof NotEnoughMemoryError)) throw error;
    // A resumed training cannot change its settings.
    throw memoryProblem(
      error,
      request.resume === undefined ? fittingSettings(method.settings, request.settings, error) : null,
      { isOfVolumes: isOfVolumes(request.settings) },
    );
  }
}

/** `isOfVolumes`: the training learns patches of volumes. */
export function memoryProblem(
  error: NotEnoughMemoryError,
  fitting: Settings | null,
  { isOfVolumes = false }: { isOfVolumes?: boolean } = {},
): Problem {
  const { needed, available, plan } = error;
  const offer = fitting === null ? null : Object.entries(fitting).map(([key, value]) => `${key} ${value}`);
  const sized = isOfVolumes ? "patches (settings size and slices)" : "image size";
  return new Problem(
    {
      code: "not-enough-memory",
      title: `This needs about ${sizeText(needed)} of memory; ${sizeText(available)} are available.`,
      detail: `The most is taken by ${largestText(plan)}. Nothing was started.`,
      hint:
        offer === null
          ? `Use a smaller batch size, ${sized} or network width, or close other programs.`
          : `Use a smaller batch size or ${sized} (${offer.join(", ")} should fit), or close other programs.`,
      ...(fitting !== null && { settings: fitting }),
    },
    { cause: error },
  );
}

/**
 * Those that change: first fewer images at a time, which changes least of what is learned, then smaller ones; of volumes patches that are smaller along
 * all axes. Reckoned from the plan that was too large: states stay, all else goes with the pixels of a batch. null if nothing fits.
 */
export function fittingSettings(
  fields: readonly SettingField[],
  asked: Settings,
  {
    needed,
    available,
    plan,
  }: Pick<NotEnoughMemoryError, "needed" | "available"> & {
    plan: Pick<NotEnoughMemoryError["plan"], "states" | "doubleBuffers" | "initialization" | "constants">;
  },
): Settings | null {
  const fixed = plan.states + plan.doubleBuffers + plan.initialization + plan.constants;
  const pixels = pixelsOf(fields, asked);
  for (let settings = smallerSettings(fields, asked); settings !== null; settings = smallerSettings(fields, settings)) {
    const share = pixelsOf(fields, settings) / pixels;
    if (fixed + Math.max(0, needed - fixed) * share <= CAREFUL * available) return settingsThatDiffer(settings, asked);
  }
  return null;
}

export function settingsThatDiffer(settings: Settings, asked: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key, value]) => value !== asked[key]));
}

const numbers = (fields: readonly SettingField[]): NumberField[] => fields.filter((field) => field.kind === "number");
const batches = (fields: readonly SettingField[]): NumberField[] =>
  numbers(fields).filter(({ key }) => /batch/i.test(key));
const sides = (fields: readonly SettingField[]): NumberField[] => numbers(fields).filter(({ key }) => key === "size");

const isOfVolumes = (settings: Settings): boolean => settings["dimensions"] === "3";

function pixelsOf(fields: readonly SettingField[], settings: Settings): number {
  const images = batches(fields).reduce((sum, { key }) => sum + Number(settings[key]), 0);
  const slices = isOfVolumes(settings) ? Number(settings["slices"]) : 1;
  return sides(fields).reduce((area, { key }) => area * Number(settings[key]) ** 2, Math.max(1, images) * slices);
}

/** Batches are halved until they are as small as can be, then images get smaller. null: they cannot. */
export function smallerSettings(fields: readonly SettingField[], settings: Settings): Settings | null {
  const changed: Record<string, SettingValue> = {};
  for (const { key, min } of batches(fields)) {
    const half = Math.max(min, Math.floor(Number(settings[key]) / 2));
    if (half < Number(settings[key])) changed[key] = half;
  }
  if (Object.keys(changed).length > 0) return { ...settings, ...changed };
  const sized = numbers(fields).filter(({ key }) => key === "size" || (key === "slices" && isOfVolumes(settings)));
  for (const { key, min } of sized) {
    const multiple = multipleOf(key, settings);
    const least = Math.ceil(min / multiple) * multiple;
    const less = Math.max(least, Math.floor((Number(settings[key]) * STEP_DOWN) / multiple) * multiple);
    if (less < Number(settings[key])) changed[key] = less;
  }
  return Object.keys(changed).length === 0 ? null : { ...settings, ...changed };
}

/** A network of volumes halves its patches at each level but the first. */
function multipleOf(key: string, settings: Settings): number {
  if (!isOfVolumes(settings)) return SIDE;
  const halved = 2 ** (Number(settings["depth"]) - 1);
  return key === "size" ? Math.max(PATCH_SIDE, halved) : halved;
}
