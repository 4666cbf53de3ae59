import { readFile } from "node:fs/promises";
import { centreSchema } from "@centrala/contract";
import { delimitedRows } from "@centrala/domain/import";
import type { CustomerInput } from "@centrala/store";
import { centreScope } from "@centrala/store";
import { z } from "zod";
import type { App, Centre } from "../app.ts";
import { applyCentreFile } from "../centre-file/apply.ts";
import { parseCentreFile } from "../centre-file/parse.ts";
import { noteField } from "../customers/card.ts";
import { StartError } from "../places.ts";
import { ensureDemoLogins } from "./logins.ts";

const folder = new URL("../../../../demo/", import.meta.url);
const slug = "demo";

/** The demonstration centre, made at the first start; a data folder with somebody's own centre is left alone. */
export async function ensureDemoCentre(
  app: App,
): Promise<{ readonly centre: Centre; readonly logins: readonly string[] }> {
  const rows = await app.store.centres.list();
  const row = rows.find((candidate) => candidate.slug === slug);
  if (row === undefined && rows.length > 0)
    throw new StartError(
      "SETTING_INVALID",
      `${app.settings.data} holds a centre of its own; the demonstration needs another folder (CENTRALA_DATA)`,
    );
  const centre =
    row === undefined ? await createCentre(app) : (app.centres.get(row.id) ?? (await app.startCentre(row.id)));
  return { centre, logins: await ensureDemoLogins(app, centre) };
}

async function createCentre(app: App): Promise<Centre> {
  const yaml = await readFile(new URL("centre.yaml", folder), "utf8");
  const settings = parseCentreFile(yaml).file?.centre;
  if (settings === undefined) throw new Error("demo/centre.yaml says nothing of the centre");
  const made = await app.store.centres.create(slug, centreSchema.parse(settings));
  if (!made.ok) throw new Error(made.message);
  const centre = await app.startCentre(made.value.id);
  const { problems } = await applyCentreFile(app, centre, parseCentreFile(yaml), {});
  const [problem] = problems;
  if (problem !== undefined)
    throw new Error(`demo/centre.yaml:${problem.line ?? 1} ${problem.path}: ${problem.message}`);
  const customers = readCustomers(await readFile(new URL("customers.csv", folder), "utf8"));
  const taken = await app.store.customers.importMany(centreScope(centre.id), customers);
  app.log.info({ centreId: centre.id, customers: taken.created }, "the demonstration centre was made");
  return centre;
}

const rowSchema = z.object({
  client: z.string(),
  name: z.string(),
  company: z.string(),
  phone: z.string(),
  phone2: z.string(),
  email: z.string(),
  language: z.enum(["en", "ru", "bg"]),
  note: z.string(),
});

function readCustomers(csv: string): CustomerInput[] {
  const [head, ...lines] = [...delimitedRows(csv, ";", { columnsMax: 20, cellMax: 4_000 })];
  const records = lines.map(({ cells }) =>
    Object.fromEntries(head?.cells.map((name, at) => [name, cells[at] ?? ""]) ?? []),
  );
  return rowSchema
    .array()
    .parse(records)
    .map((row) => ({
      clientId: row.client,
      name: row.name,
      company: row.company,
      language: row.language,
      handles: [
        ...[row.phone, row.phone2].filter(Boolean).map((value) => ({ kind: "phone" as const, value, label: "" })),
        ...(row.email === "" ? [] : [{ kind: "email" as const, value: row.email, label: "" }]),
      ],
      fields: fieldsOf(row.note),
    }));
}

function fieldsOf(note: string): Readonly<Record<string, string>> {
  return note === "" ? {} : { [noteField]: note };
}
