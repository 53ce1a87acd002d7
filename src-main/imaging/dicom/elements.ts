/**
 * @file Elements of a data set, one after the other, with their sequences: DICOM PS3.5 section 7. dicom-parser gives the data set that
 * holds them; its own reader does not know the 64-bit value representations, and gives up where headers are a little wrong.
 */
import dicomParser, { type DataSet } from "dicom-parser";

export interface Encoding {
  isImplicit: boolean;
  isBigEndian: boolean;
}

type Element = DataSet["elements"][string];

/** Value representations with a 2-byte length, and those with a reserved field and a 4-byte length. PS3.5 7.1.2. */
export const shortRepresentations: ReadonlySet<string> = new Set(
  "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split(" "),
);
export const longRepresentations: ReadonlySet<string> = new Set("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(" "));

const UNDEFINED_LENGTH = 0xffffffff;
/** Deeper sequences than any object has; recursion must end before the stack does. */
const MAX_DEPTH = 128;

/** (FFFE,E000), (FFFE,E00D) and (FFFE,E0DD). PS3.5 7.5. */
const ITEM = 0xfffee000;
const ITEM_DELIMITER = 0xfffee00d;
const SEQUENCE_DELIMITER = 0xfffee0dd;
const PIXEL_DATA = 0x7fe00010;
/** Float, Double Float and Pixel Data. */
const pixelElements: ReadonlySet<number> = new Set([0x7fe00008, 0x7fe00009, PIXEL_DATA]);

/** Elements whose bytes may look like the start of a sequence; without their VR a reader would be led astray. */
const opaqueElements = /^x(7fe0(0008|0009|0010)|00281[12]..|00283006|60..3000|5400(0110|0112|1010))$/;

/** An empty data set over these bytes. */
export function createDataSet(bytes: Uint8Array, isBigEndian: boolean): DataSet {
  const parser = isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  // The class is exported, but not in the types.
  const { DataSet: DataSetClass } = dicomParser as unknown as {
    DataSet: new (parser: unknown, bytes: Uint8Array, elements: DataSet["elements"]) => DataSet;
  };
  return new DataSetClass(parser, bytes, {});
}

/** Reads elements into `dataSet` from `start` to the end of its bytes. Throws where they break off; what was read before stays. */
export function readElements(dataSet: DataSet, start: number, encoding: Encoding): void {
  const { buffer, byteOffset, length } = dataSet.byteArray as Uint8Array;
  const reader = new ElementReader(new DataView(buffer, byteOffset, length), encoding.isBigEndian);
  reader.dataSet(dataSet, start, length, { isImplicit: encoding.isImplicit, depth: 0 });
}

/** Bytes from an element's tag to its value, 8 or 12; headers need not have the form that their VR wants. */
export function headerLength({ byteArray }: DataSet, { tag, dataOffset }: Element, isBigEndian: boolean): number {
  const mark = Buffer.from(tag.slice(1), "hex");
  const [a, b, c, d] = isBigEndian ? mark : mark.swap16();
  const at = dataOffset - 12;
  const isLong = byteArray[at] === a && byteArray[at + 1] === b && byteArray[at + 2] === c && byteArray[at + 3] === d;
  return isLong ? 12 : 8;
}

interface Place {
  isImplicit: boolean;
  depth: number;
}

/** Lengths and tags that contradict each other: what holds them may be skipped. */
class Broken extends Error {}

class ElementReader {
  readonly #view: DataView;
  readonly #isBigEndian: boolean;

  constructor(view: DataView, isBigEndian: boolean) {
    this.#view = view;
    this.#isBigEndian = isBigEndian;
  }

  /** Elements up to `end`, or up to an item's delimiter; returns the position after it. */
  dataSet(dataSet: DataSet, start: number, end: number, place: Place): number {
    let at = start;
    while (at < end) {
      if (at + 8 > end) throw new Broken("an element is cut off");
      const tag = this.#tag(at);
      if (tag === ITEM_DELIMITER) return at + 8;
      if (tag === SEQUENCE_DELIMITER || tag === ITEM) {
        at += 8; // left over by a writer that counted wrong
        continue;
      }
      at = this.#element(dataSet, tag, at, end, place);
    }
    return at;
  }

  #tag(at: number): number {
    return this.#view.getUint16(at, !this.#isBigEndian) * 0x10000 + this.#view.getUint16(at + 2, !this.#isBigEndian);
  }

  /** One element at `at`; returns the position after it. */
  #element(dataSet: DataSet, number: number, at: number, end: number, place: Place): number {
    const tag = `x${number.toString(16).padStart(8, "0")}`;
    const { vr, header, length } = this.#header(at, end, place);
    const element: Element = { tag, length, dataOffset: at + header };
    if (vr !== undefined) element.vr = vr;
    else if (opaqueElements.test(tag)) element.vr = "OW";
    // Pixels that are cut off are found and counted later; nothing else is kept that reaches past its end.
    if (pixelElements.has(number)) dataSet.elements[tag] = element;
    if (length === UNDEFINED_LENGTH) {
      const after = this.#undefinedLength(dataSet, element, number, end, place);
      dataSet.elements[tag] = element;
      return after;
    }
    const next = element.dataOffset + length;
    if (next > end) throw new Broken("an element is longer than what holds it");
    dataSet.elements[tag] = element;
    const isSequence = vr === "SQ" || ((vr === undefined || vr === "UN") && this.#looksLikeSequence(element, next));
    if (!isSequence) return next;
    // Sequences of a representation unknown to their writer are implicit and little-endian. PS3.5 6.2.2.
    const inside = { isImplicit: vr !== "SQ", depth: place.depth + 1 };
    try {
      this.#items(dataSet, element, next, inside);
    } catch (error) {
      // Its length leads on; nothing that follows is harmed.
      if (!(error instanceof Broken)) throw error;
      if (vr !== "SQ") delete element.items;
    }
    return next;
  }

  /** PS3.5 7.1.2, 7.1.3. Headers without the two letters that explicit VR wants are read as implicit ones. */
  #header(at: number, end: number, { isImplicit }: Place): { vr: string | undefined; header: number; length: number } {
    const little = !this.#isBigEndian;
    const long = this.#view.getUint32(at + 4, little);
    const vr = String.fromCharCode(this.#view.getUint8(at + 4), this.#view.getUint8(at + 5));
    const short = this.#view.getUint16(at + 6, little);
    if (isImplicit) return { vr: undefined, header: 8, length: long };
    if (!/^[A-Z]{2}$/.test(vr)) {
      // Or blanks and question marks stand in their place.
      const isImplicitLength = long === UNDEFINED_LENGTH || at + 8 + long <= end;
      return { vr: undefined, header: 8, length: isImplicitLength ? long : short };
    }
    // Representations to come have a reserved field of zeros and the long form.
    const isLong = longRepresentations.has(vr) || (!shortRepresentations.has(vr) && short === 0);
    if (!isLong) return { vr, header: 8, length: short };
    if (at + 12 > end) throw new Broken("an element is cut off");
    return { vr, header: 12, length: this.#view.getUint32(at + 8, little) };
  }

  /** Whether a value without telling VR starts with an item, and is not one of those that may by chance. */
  #looksLikeSequence({ tag, vr, dataOffset }: Element, next: number): boolean {
    const isPrivate = (Number.parseInt(tag.slice(1, 5), 16) & 1) === 1;
    if (isPrivate || (vr !== "UN" && opaqueElements.test(tag)) || dataOffset + 8 > next) return false;
    return this.#view.getUint16(dataOffset, true) === 0xfffe && this.#view.getUint16(dataOffset + 2, true) === 0xe000;
  }

  #undefinedLength(dataSet: DataSet, element: Element, number: number, end: number, place: Place): number {
    element.hadUndefinedLength = true;
    const { vr } = element;
    const isSequence = number !== PIXEL_DATA && (vr === undefined || vr === "SQ" || vr === "UN");
    let next: number;
    if (isSequence) {
      const isImplicit = vr !== "SQ" || place.isImplicit;
      try {
        next = this.#items(dataSet, element, end, { isImplicit, depth: place.depth + 1 });
      } catch (error) {
        if (vr === "SQ" || !(error instanceof Broken)) throw error;
        // Private elements may hold fragments instead.
        delete element.items;
        next = this.#fragments(element.dataOffset, end);
      }
    } else {
      if (number === PIXEL_DATA) element.encapsulatedPixelData = true;
      next = this.#fragments(element.dataOffset, end);
    }
    element.length = next - element.dataOffset;
    return next;
  }

  /** Items of a sequence up to its delimiter or `end`; returns the position after it. PS3.5 7.5. */
  #items({ byteArray }: DataSet, element: Element, end: number, place: Place): number {
    if (place.depth > MAX_DEPTH) throw new Error("sequences are nested too deeply");
    const reader = this.#readerOf(element, end);
    const items: Element[] = [];
    element.items = items;
    let at = element.dataOffset;
    while (at + 8 <= end) {
      const tag = reader.#tag(at);
      if (tag === SEQUENCE_DELIMITER) return at + 8;
      if (tag !== ITEM) throw new Broken("a sequence holds something else than items");
      const length = reader.#view.getUint32(at + 4, !reader.#isBigEndian);
      const start = at + 8;
      const isUndefined = length === UNDEFINED_LENGTH;
      if (!isUndefined && start + length > end) throw new Broken("an item is longer than its sequence");
      const inside = createDataSet(byteArray as Uint8Array, reader.#isBigEndian);
      const item: Element = { tag: "xfffee000", length, dataOffset: start, dataSet: inside };
      items.push(item);
      const itemEnd = isUndefined ? end : start + length;
      const next = reader.dataSet(inside, start, itemEnd, reader.#placeOf(start, itemEnd, place));
      if (isUndefined) item.length = next - start;
      at = isUndefined ? next : itemEnd;
    }
    return at;
  }

  /** Items of a representation unknown to a big-endian writer are little-endian. PS3.5 6.2.2. */
  #readerOf({ dataOffset }: Element, end: number): ElementReader {
    if (!this.#isBigEndian || dataOffset + 4 > end || this.#tag(dataOffset) >>> 0 >= ITEM) return this;
    return new ElementReader(this.#view, false);
  }

  /** Some writers put explicit items into implicit sequences: their first length, two letters, would lead far out. */
  #placeOf(start: number, end: number, place: Place): Place {
    if (!place.isImplicit || start + 8 > end || this.#isBigEndian) return place;
    const { vr } = this.#header(start, end, { ...place, isImplicit: false });
    const isKnown = vr !== undefined && (shortRepresentations.has(vr) || longRepresentations.has(vr));
    const isOutside = start + 8 + this.#view.getUint32(start + 4, true) > end;
    return isKnown && isOutside ? { ...place, isImplicit: false } : place;
  }

  /** Fragments are items, little-endian as all encapsulated data; returns the position after their delimiter. PS3.5 A.4. */
  #fragments(start: number, end: number): number {
    let at = start;
    while (at + 8 <= end) {
      const isDelimiter = this.#view.getUint16(at + 2, true) === 0xe0dd;
      const isItem = this.#view.getUint16(at + 2, true) === 0xe000;
      if (this.#view.getUint16(at, true) !== 0xfffe || (!isItem && !isDelimiter)) {
        throw new Broken("between fragments stands something else");
      }
      const next = at + 8 + this.#view.getUint32(at + 4, true);
      if (isDelimiter) return at + 8;
      if (next > end) throw new Broken("a fragment is cut off");
      at = next;
    }
    return end;
  }
}
