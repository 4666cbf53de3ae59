import { type SaidParams, type SchemaIssue, type Sentence, say, sayIssue } from "@centrala/contract";
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { type CentreFile, centreFileSchema, type SecretRef } from "./schema.ts";

export type FileProblem = {
  readonly path: string;
  readonly line: number | null;
  readonly message: string;
  readonly code: string;
  readonly params: SaidParams;
};
export type Path = readonly (string | number)[];
export type ParsedFile = {
  /** Null when the file has mistakes of form. */
  readonly file: CentreFile | null;
  readonly problems: FileProblem[];
  /** A mistake at a place of the file, with the line on which the nearest thing that is there stands. */
  problemAt(path: Path, sentence: Sentence): FileProblem;
};

const charactersMax = 4_000_000;
const problemsMax = 200;

/** Reads a centre file. Never throws: every mistake of form comes back with its line and field. */
export function parseCentreFile(text: string): ParsedFile {
  const lines = new LineCounter();
  if (text.length > charactersMax) return broken([{ path: "", line: null, ...say("FILE_OVER_4_MB") }]);
  const document = parseDocument(text, {
    lineCounter: lines,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    version: "1.2",
  });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    return broken(
      document.errors
        .slice(0, problemsMax)
        .map((error) => ({ path: "", line: lineAt(error.pos[0]), ...say("YAML_INVALID", { detail: error.message }) })),
    );
  }
  const problemAt = (path: Path, sentence: Sentence): FileProblem => ({
    path: path.join("."),
    line: lineOf(document, path, lineAt),
    ...sentence,
  });
  const value = toPlain(document);
  if (value === undefined) return broken([{ path: "", line: 1, ...say("YAML_LOOP") }]);
  const parsed = centreFileSchema.safeParse(value);
  if (parsed.success) return { file: parsed.data, problems: [], problemAt };
  const problems = parsed.error.issues.slice(0, problemsMax).flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
    if (keys.length > 0) return keys.map((key) => problemAt([...path, key], say("FIELD_UNKNOWN", { field: key })));
    return [problemAt(path, sayIssue(issue as SchemaIssue))];
  });
  return { file: null, problems, problemAt };
}

function broken(problems: FileProblem[]): ParsedFile {
  return {
    file: null,
    problems,
    problemAt: (path, sentence) => ({ path: path.join("."), line: null, ...sentence }),
  };
}

function toPlain(document: Document): unknown {
  try {
    // Aliases may not multiply the file beyond measure.
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    return undefined;
  }
}

/** The line of the deepest thing on the path that the file has; a key is found by itself, so that unknown fields are, too. */
function lineOf(document: Document, path: Path, lineAt: (offset: number) => number): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const parent = length === 0 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    if (isMap(parent) && key !== undefined) {
      const pair = parent.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      const offset = isPair(pair) && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      if (offset !== undefined) return lineAt(offset);
    }
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    const offset = node?.range?.[0];
    if (offset !== undefined) return lineAt(offset);
  }
  return document.contents === null ? 1 : null;
}

/** How a secret is named among those given at applying: `env:NAME` or `file:PATH`. */
export function secretKey(secret: SecretRef): string {
  return "env" in secret ? `env:${secret.env}` : `file:${secret.file}`;
}

/** All secrets that the file refers to, so that whoever applies it can read them on the spot. */
export function secretsOf(file: CentreFile): SecretRef[] {
  const found = new Map<string, SecretRef>();
  const add = (secret: SecretRef | undefined): void => {
    if (secret !== undefined) found.set(secretKey(secret), secret);
  };
  for (const trunk of file.trunks ?? []) add(trunk.registration?.password);
  for (const user of file.users ?? []) {
    add(user.password);
    for (const device of user.devices) add(device.password);
  }
  return [...found.values()];
}

/** Prompts with their WAV files, to be uploaded after the file was applied. */
export function promptFilesOf(file: CentreFile): { readonly promptId: string; readonly path: string }[] {
  return (file.prompts ?? []).flatMap((prompt) =>
    prompt.file === undefined ? [] : [{ promptId: prompt.id, path: prompt.file }],
  );
}
