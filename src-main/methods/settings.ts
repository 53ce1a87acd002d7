/** @file Settings of a method: declared once; form, command line, stored run and checks all come from the declaration. */
import { Problem } from "../problem/index.ts";

export type SettingValue = number | boolean | string;

/** One setting as forms and the API see it: JSON, which api/contract.ts passes on. */
export type SettingField = { key: string } & Described &
  (
    | { kind: "number"; default: number; min: number; max: number; integer: boolean }
    | { kind: "boolean"; default: boolean }
    | {
        kind: "choice";
        default: string;
        options: string[];
        /** What a form calls options that do not speak for themselves. */
        names?: Readonly<Record<string, string>>;
        /** Further options are what was added to this computer: their list is filled in when it is asked for. */
        from?: "backbones" | "trunks";
        /** Other settings have other defaults for each option: a form goes to the preset of the one that is chosen. */
        leads?: boolean;
      }
  );

interface Described {
  label: string;
  /** Says the unit. */
  help: string;
  /** Of use only where another setting is so: a form leaves it out elsewhere. */
  when?: { key: string; is: SettingValue };
}

export interface Setting<Value extends SettingValue> {
  field(key: string): SettingField;
  /** The value, or what is wrong with it: "expected …". */
  check(value: SettingValue): { value: Value } | { expected: string };
  default: Value;
}

export type SettingsShape = Record<string, Setting<number> | Setting<boolean> | Setting<string>>;
export type SettingsOf<Shape extends SettingsShape> = {
  readonly [Key in keyof Shape]: Shape[Key] extends Setting<infer Value> ? Value : never;
};

interface NumberOptions extends Described {
  default: number;
  min: number;
  max: number;
  integer?: boolean;
  /** The value must be divisible by it. */
  multipleOf?: number;
}

export function number(options: NumberOptions): Setting<number> {
  const { default: usual, min, max, integer = false, multipleOf, ...described } = options;
  const noun = multipleOf !== undefined ? `a multiple of ${multipleOf}` : integer ? "a whole number" : "a number";
  return {
    default: usual,
    field: (key) => ({ kind: "number", key, ...described, default: usual, min, max, integer }),
    check(value) {
      const isValid =
        typeof value === "number" &&
        value >= min &&
        value <= max &&
        (!integer || Number.isInteger(value)) &&
        (multipleOf === undefined || value % multipleOf === 0);
      return isValid ? { value } : { expected: `${noun} from ${min} to ${max}` };
    },
  };
}

export function boolean(options: Described & { default: boolean }): Setting<boolean> {
  return {
    default: options.default,
    field: (key) => ({ kind: "boolean", key, ...options }),
    check: (value) => (typeof value === "boolean" ? { value } : { expected: "true or false" }),
  };
}

export function choice<const Option extends string>(
  options: Described & {
    default: NoInfer<Option>;
    options: readonly Option[];
    names?: Readonly<Record<NoInfer<Option>, string>>;
    leads?: boolean;
  },
): Setting<Option> {
  return {
    default: options.default,
    field: (key) => ({ kind: "choice", key, ...options, options: [...options.options] }),
    check(value) {
      const found = options.options.find((option) => option === value);
      return found === undefined
        ? { expected: `one of ${options.options.join(", ")}${typeof value === "string" ? "" : ", as text"}` }
        : { value: found };
    },
  };
}

/** "own", or the id of a backbone: which there are is known to each machine alone. */
export function backbone(options: Described): Setting<string> {
  return {
    default: "own",
    field: (key) => ({
      kind: "choice",
      key,
      ...options,
      default: "own",
      options: ["own"],
      names: { own: "own networks" },
      from: "backbones",
    }),
    check: (value) =>
      typeof value === "string" && (value === "own" || /^[0-9a-f]{16}$/.test(value))
        ? { value }
        : { expected: "own, or the id of a backbone, 16 signs that `aliquot backbone list` shows" },
  };
}

/** As `choice`, or the id of an ONNX trunk: which there are is known to each project alone. */
export function network<const Option extends string>(
  options: Described & {
    default: NoInfer<Option>;
    options: readonly Option[];
    names: Readonly<Record<NoInfer<Option>, string>>;
  },
): Setting<string> {
  return {
    default: options.default,
    field: (key) => ({ kind: "choice", key, ...options, options: [...options.options], from: "trunks" }),
    check: (value) =>
      typeof value === "string" && (options.options.some((option) => option === value) || /^[0-9a-f]{16}$/.test(value))
        ? { value }
        : {
            expected: `one of ${options.options.join(", ")}, or the id of a trunk, 16 signs that \`aliquot trunk list\` shows`,
          },
  };
}

/** Defaults filled in, every value checked. Throws `Problem` "bad-request" naming setting, range and what came. */
export function parseSettings<Shape extends SettingsShape>(
  method: string,
  shape: Shape,
  given: Readonly<Record<string, SettingValue>>,
): SettingsOf<Shape> {
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(shape, key)) continue;
    throw new Problem({
      code: "bad-request",
      title: `${method}: there is no setting ${key}.`,
      detail: Object.keys(shape).length === 0 ? "It has none." : `Settings: ${Object.keys(shape).join(", ")}.`,
      hint: "Use one that there is, or leave it out for the default.",
    });
  }
  const parsed = Object.entries(shape).map(([key, setting]): [string, SettingValue] => {
    const value = given[key] ?? setting.default;
    const checked = setting.check(value);
    if ("value" in checked) return [key, checked.value];
    const { help } = setting.field(key);
    throw new Problem({
      code: "bad-request",
      title: `${method}: ${key} = ${String(value)} is not possible.`,
      detail: `Expected ${checked.expected}. ${help}`,
      hint: "Give such a value, or leave it out for the default.",
    });
  });
  return Object.fromEntries(parsed) as SettingsOf<Shape>;
}
