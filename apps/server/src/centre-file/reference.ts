import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { centreFileJsonSchema } from "./schema.ts";

export const schemaUrl = new URL("../../../../docs/reference/centre-file.schema.json", import.meta.url);
export const referenceUrl = new URL("../../../../docs/reference/centre-file.md", import.meta.url);

/** The JSON Schema as it stands in docs/reference, for editors. */
export function schemaText(): string {
  return `${JSON.stringify(centreFileJsonSchema(), null, 2)}\n`;
}

/** The reference's complete example. */
export function exampleCentreFile(): string {
  const reference = readFileSync(referenceUrl, "utf8");
  return /```yaml\n# centre\.yaml\n([\s\S]*?)```/.exec(reference)?.[1] ?? "";
}

// Run by itself, this file writes the schema anew.
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaUrl, schemaText());
