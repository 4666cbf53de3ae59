import { crc32, deflateRawSync } from "node:zlib";

/** A ZIP of the given files, packed. */
export function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const raw = Buffer.from(content as string);
    const packed = deflateRawSync(raw);
    const label = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(raw), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(raw.length, 18);
    fields.writeUInt16LE(label.length, 22);
    parts.push(Buffer.from("PK\u0003\u0004"), fields, label, packed);
    const place = Buffer.alloc(16);
    place.writeUInt32LE(offset, 12);
    directory.push(Buffer.from("PK\u0001\u0002\u0014\u0000"), fields, place.subarray(2), label);
    offset += 30 + label.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

export type GivenSheet = {
  readonly name?: string;
  readonly state?: "visible" | "hidden";
  readonly xml: string | Buffer;
};

/** A workbook of sheets whose rows are given as XML. */
export function workbookOf(
  sheets: readonly GivenSheet[],
  extra: Readonly<Record<string, string | Uint8Array>> = {},
): Uint8Array {
  const tags = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${name ?? `Sheet${index + 1}`}" sheetId="${index + 1}" state="${state ?? "visible"}" r:id="rId${index + 1}"/>`,
  );
  const relations = sheets.map(
    (_, index) => `<Relationship Id="rId${index + 1}" Type="worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
  );
  return zipOf({
    "xl/workbook.xml": `<?xml version="1.0"?><workbook xmlns:r="r"><sheets>${tags.join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${relations.join("")}</Relationships>`,
    ...Object.fromEntries(
      sheets.map(({ xml }, index) => [
        `xl/worksheets/sheet${index + 1}.xml`,
        Buffer.concat([
          Buffer.from('<?xml version="1.0"?><worksheet><sheetData>'),
          Buffer.from(xml as string),
          Buffer.from("</sheetData></worksheet>"),
        ]),
      ]),
    ),
    ...extra,
  });
}

/** A row of texts, as a program writes it that has no shared strings. */
export function textRow(line: number, cells: readonly string[]): string {
  const tags = cells.map((cell, column) =>
    cell === ""
      ? ""
      : `<c r="${String.fromCharCode(65 + column)}${line}" t="inlineStr"><is><t>${cell.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</t></is></c>`,
  );
  return `<row r="${line}">${tags.join("")}</row>`;
}
