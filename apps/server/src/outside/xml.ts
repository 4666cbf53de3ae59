import { say } from "@centrala/contract";
import { FileRefused } from "./refusal.ts";

/** What an {@link XmlReader} meets; names come without their prefix. */
export type XmlHandler = {
  open(name: string, attributes: string): void;
  close(name: string): void;
  /** Text between tags, possibly in several pieces. */
  text(text: string): void;
};

const tagMax = 64 * 1024;

/**
 * Reads the XML of office files as it streams in: tags, text, CDATA, the five entities and character numbers. No document
 * types, so nothing expands; holds at most one unfinished tag.
 */
export class XmlReader {
  readonly #handler: XmlHandler;
  #rest = "";

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  write(piece: string): void {
    const text = this.#rest + piece;
    let at = 0;
    for (;;) {
      const open = text.indexOf("<", at);
      if (open < 0) break;
      if (open > at) this.#handler.text(decodeEntities(text.slice(at, open)));
      const after = this.#markup(text, open);
      if (after < 0) {
        if (text.length - open > tagMax && !text.startsWith("<![CDATA[", open)) throw damaged();
        this.#rest = text.slice(open);
        return;
      }
      at = after;
    }
    this.#rest = this.#plainTail(text.slice(at));
  }

  /** Text goes on as it comes; only the beginning of an entity waits for its end. */
  #plainTail(tail: string): string {
    const entity = tail.lastIndexOf("&");
    const cut = entity >= 0 && tail.length - entity < 12 && !tail.includes(";", entity) ? entity : tail.length;
    if (cut > 0) this.#handler.text(decodeEntities(tail.slice(0, cut)));
    return tail.slice(cut);
  }

  /** Reads the markup at `open`; gives the place after it, or -1 when its end is not there yet. */
  #markup(text: string, open: number): number {
    const second = text.charCodeAt(open + 1);
    if (second === 0x21) return this.#declaration(text, open);
    if (second === 0x3f) return endOf(text, "?>", open);
    const end = tagEnd(text, open);
    if (end < 0) return -1;
    const inside = text.slice(open + 1, end);
    if (second === 0x2f) this.#handler.close(localName(inside.slice(1).trim()));
    else this.#tag(inside);
    return end + 1;
  }

  #tag(inside: string): void {
    const empty = inside.endsWith("/");
    const body = empty ? inside.slice(0, -1) : inside;
    const space = body.search(/\s/);
    const name = localName(space < 0 ? body : body.slice(0, space));
    this.#handler.open(name, space < 0 ? "" : body.slice(space));
    if (empty) this.#handler.close(name);
  }

  #declaration(text: string, open: number): number {
    if (text.startsWith("<!--", open)) return endOf(text, "-->", open);
    if (text.startsWith("<![CDATA[", open)) {
      const end = text.indexOf("]]>", open);
      if (end >= 0) this.#handler.text(text.slice(open + 9, end));
      else if (text.length - open > 16 * tagMax) throw damaged();
      return end < 0 ? -1 : end + 3;
    }
    if (text.length - open < 9) return -1;
    throw damaged();
  }
}

/** The value of an attribute, or undefined. */
export function attributeOf(attributes: string, name: string): string | undefined {
  for (const quote of ['"', "'"]) {
    for (let at = attributes.indexOf(`${name}=${quote}`); at > 0; at = attributes.indexOf(`${name}=${quote}`, at + 1)) {
      if (!/\s/.test(attributes[at - 1] ?? "")) continue;
      const start = at + name.length + 2;
      const end = attributes.indexOf(quote, start);
      return end < 0 ? undefined : decodeEntities(attributes.slice(start, end));
    }
  }
  return undefined;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,4});/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return entities[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

function endOf(text: string, mark: string, open: number): number {
  const end = text.indexOf(mark, open);
  return end < 0 ? -1 : end + mark.length;
}

/** A ">" inside of an attribute's quotes ends no tag. */
function tagEnd(text: string, open: number): number {
  for (let end = text.indexOf(">", open); end >= 0; end = text.indexOf(">", end + 1)) {
    const tag = text.slice(open, end);
    if (!tag.includes('"') && !tag.includes("'")) return end;
    if (tag.replaceAll(/"[^"]*"|'[^']*'/g, "").search(/["']/) < 0) return end;
    if (tag.length > tagMax) throw damaged();
  }
  return -1;
}

function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(colon + 1);
}

function damaged(): FileRefused {
  return new FileRefused("UNSUPPORTED_FILE", say("SHEET_DAMAGED"));
}
