/**
 * @file Which part of Stable Diffusion a network is, told from what it takes and gives alone: exporters name ports as they like. Section 15 of the
 * specification. Pure.
 */
import type { OnnxPort } from "../../../engine/runtime/index.ts";
import { LATENT_CHANNELS, ROW_HALVINGS, TOKENS } from "./record.ts";

export interface NamedPort extends OnnxPort {
  readonly name: string;
}

interface Denoises {
  readonly sample: NamedPort;
  readonly time: NamedPort;
  readonly context: NamedPort;
}

/** Ports by what they are for. */
export type Signature =
  | { readonly role: "textEncoder"; readonly tokens: NamedPort; readonly hidden: NamedPort }
  /** A VAE half whose channels do not tell which: tried. */
  | { readonly role: "vae"; readonly sample: NamedPort; readonly output: NamedPort }
  | { readonly role: "vaeEncoder" | "vaeDecoder"; readonly sample: NamedPort; readonly output: NamedPort }
  | ({ readonly role: "unet"; readonly output: NamedPort } & Denoises)
  | ({
      readonly role: "controlledUnet";
      readonly residuals: readonly NamedPort[];
      readonly output: NamedPort;
    } & Denoises)
  | ({ readonly role: "front"; readonly rows: readonly NamedPort[] } & Denoises)
  | ({ readonly role: "control"; readonly hint: NamedPort; readonly rows: readonly NamedPort[] } & Denoises);

export const isOpen = (size: number | string): size is string => typeof size === "string";
const isFloat = ({ dtype }: OnnxPort): boolean => dtype === "float32" || dtype === "float16";
const isWhole = ({ dtype }: OnnxPort): boolean => dtype === "int32" || dtype === "int64";
const hasRank =
  (...ranks: number[]) =>
  ({ shape }: OnnxPort): boolean =>
    ranks.includes(shape.length);
/** Whether the size of an axis may be that. */
const mayBe = ({ shape }: OnnxPort, axis: number, size: number): boolean =>
  isOpen(shape[axis]!) || shape[axis] === size;

const named = (ports: Readonly<Record<string, OnnxPort>>): NamedPort[] =>
  Object.entries(ports).map(([name, port]) => ({ name, ...port }));

/** "sample float32 [1, 4, ?, ?]". */
export const portText = ({ name, dtype, shape }: NamedPort): string =>
  `${name} ${dtype} [${shape.map((size) => (isOpen(size) ? "?" : size)).join(", ")}]`;

function portsText(ports: readonly NamedPort[]): string {
  const shown = ports.slice(0, 4).map(portText).join(", ");
  return ports.length > 4 ? `${shown} and ${ports.length - 4} more` : shown || "nothing";
}

export interface Ports {
  inputs: Readonly<Record<string, OnnxPort>>;
  outputs: Readonly<Record<string, OnnxPort>>;
}

/** "takes …; gives …". */
export const describePorts = ({ inputs, outputs }: Ports): string =>
  `takes ${portsText(named(inputs))}; gives ${portsText(named(outputs))}`;

const ROWS = ROW_HALVINGS.length;

/** The part, or why it is none: the end of a sentence that begins with the file. */
export function signatureOf(ports: Ports): Signature | string {
  const [inputs, outputs] = [named(ports.inputs), named(ports.outputs)];
  const images = inputs.filter((port) => isFloat(port) && hasRank(4)(port));
  const texts = inputs.filter((port) => isFloat(port) && hasRank(3)(port) && mayBe(port, 1, TOKENS));
  const times = inputs.filter((port) => hasRank(0, 1)(port) && (isFloat(port) || isWhole(port)));
  const tokens = inputs.filter((port) => isWhole(port) && hasRank(2)(port) && mayBe(port, 1, TOKENS));
  const pictures = outputs.filter((port) => isFloat(port) && hasRank(4)(port));
  const known = images.length + texts.length + times.length + tokens.length;
  if (known < inputs.length) return `is no part that is known here: it ${describePorts(ports)}.`;

  if (tokens.length === 1 && inputs.length === 1) {
    const hidden = outputs.find((port) => isFloat(port) && hasRank(3)(port));
    return hidden === undefined
      ? `reads a text and gives no vectors of its tokens [batch, ${TOKENS}, width]: it ${describePorts(ports)}.`
      : { role: "textEncoder", tokens: tokens[0]!, hidden };
  }
  if (images.length === 1 && inputs.length === 1) return vaeOf(images[0]!, pictures, ports);
  const [sample] = images;
  if (sample === undefined || times.length !== 1 || texts.length !== 1 || tokens.length > 0)
    return `is no part that is known here: it ${describePorts(ports)}.`;
  if (!mayBe(sample, 1, LATENT_CHANNELS))
    return `takes a first image of ${sample.shape[1]} channels: latent images of Stable Diffusion have ${LATENT_CHANNELS}.`;
  const common = { sample, time: times[0]!, context: texts[0]! };
  return denoiserOf(common, images.slice(1), pictures, ports);
}

function vaeOf(sample: NamedPort, pictures: readonly NamedPort[], ports: Ports): Signature | string {
  const [output] = pictures;
  if (output === undefined) return `is no part that is known here: it ${describePorts(ports)}.`;
  const channels = sample.shape[1]!;
  if (isOpen(channels)) return { role: "vae", sample, output };
  if (channels === 3) return { role: "vaeEncoder", sample, output };
  if (channels === LATENT_CHANNELS) return { role: "vaeDecoder", sample, output };
  return `takes images of ${channels} channels: a VAE takes 3 (encoder) or ${LATENT_CHANNELS} (decoder).`;
}

function denoiserOf(
  common: Denoises,
  further: readonly NamedPort[],
  pictures: readonly NamedPort[],
  ports: Ports,
): Signature | string {
  const needed = `12 of the rows, from fine to coarse, then that of the middle`;
  if (further.length === 0 && pictures.length === 1) return { role: "unet", ...common, output: pictures[0]! };
  if (further.length <= 1 && pictures.length === 1)
    return `is a UNet with ${further.length} control ports; ${ROWS} are needed: ${needed}. It ${describePorts(ports)}.`;
  if (pictures.length === 1) {
    const trouble = rowsTrouble(further);
    return trouble === null
      ? { role: "controlledUnet", ...common, residuals: further, output: pictures[0]! }
      : `is a UNet with control ports that do not fit: ${trouble} Needed are ${ROWS}: ${needed}.`;
  }
  if (further.length > 1) return `is no part that is known here: it ${describePorts(ports)}.`;
  const rows = further.length === 0 && pictures.length === ROWS + 1 ? withoutNoise(pictures) : pictures;
  const trouble = rowsTrouble(rows);
  const role = further.length === 0 ? "front" : "control";
  if (trouble !== null) {
    const noun = role === "front" ? "a front half of a UNet" : "a control network";
    return `is ${noun} whose outputs do not fit: ${trouble} Needed are ${ROWS}: ${needed}.`;
  }
  return role === "front" ? { role, ...common, rows } : { role, ...common, hint: further[0]!, rows };
}

/** A UNet that gives its noise beside the rows. */
const withoutNoise = (pictures: readonly NamedPort[]): NamedPort[] => {
  const noise = pictures.findIndex(({ shape }) => shape[1] === LATENT_CHANNELS);
  return pictures.filter((_, place) => place !== noise);
};

/** What is wrong with ports that should be those of the rows; null: nothing that can be seen. */
function rowsTrouble(rows: readonly NamedPort[]): string | null {
  if (rows.length !== ROWS) return `there are ${rows.length}.`;
  const sides = rows.map(({ shape }) => shape[2]!);
  const first = sides.find((side) => !isOpen(side)) as number | undefined;
  if (first === undefined) return null;
  const finest = sides[0]!;
  for (const [place, side] of sides.entries()) {
    if (isOpen(side) || isOpen(finest)) continue;
    const expected = finest / 2 ** ROW_HALVINGS[place]!;
    if (side !== expected)
      return `${portText(rows[place]!)} stands at place ${place + 1}, where a side of ${expected} is expected.`;
  }
  return null;
}
