import { type SaidParams, type SchemaIssue, type Sentence, say, sayIssue } from "@centrala/contract";
import { isMap, isNode, isScalar, isSeq, Lexer, LineCounter, parseDocument } from "yaml";
import { type CentreFile, centreFileSchema, type SecretRef } from "./schema.ts";

export type FileProblem = {
  readonly path: string;
  readonly line: number | null;
  readonly message: string;
  readonly code: string;
  readonly params: SaidParams;
};
export type Path = readonly (string | number)[];
/** What a file says, without its text: crosses from the worker that read it. */
export type PlainFile = {
  /** Null when the file has mistakes of form. */
  readonly file: CentreFile | null;
  readonly problems: FileProblem[];
  /** Every place of the file, one a line, and the line on which it stands. */
  readonly places: string;
  readonly lines: Uint32Array;
};
export type ParsedFile = {
  readonly file: CentreFile | null;
  readonly problems: FileProblem[];
  /** A mistake at a place of the file, with the line on which the nearest thing that is there stands. */
  problemAt(path: Path, sentence: Sentence): FileProblem;
};

const charactersMax = 4_000_000;
const problemsMax = 200;
const nestingMax = 20;

/** Reads a centre file on the spot. Only for files that this process wrote or a person gave a command; what comes over HTTP is read in a worker. */
export function parseCentreFile(text: string): ParsedFile {
  return withPlaces(readPlainFile(text));
}

/** A file that was read, with its places to be asked for. */
export function withPlaces({ file, problems, places, lines }: PlainFile): ParsedFile {
  let known: Map<string, number> | undefined;
  const lineAt = (path: Path): number | null => {
    known ??= new Map(places.split("\n").map((place, index) => [place, lines[index] ?? 1]));
    for (let length = path.length; length >= 0; length -= 1) {
      const line = known.get(placeOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return null;
  };
  return {
    file,
    problems,
    problemAt: (path, sentence) => ({ path: path.join("."), line: lineAt(path), ...sentence }),
  };
}

/** Reads a centre file. Never throws: every mistake of form comes back with its line and field. */
export function readPlainFile(text: string): PlainFile {
  if (text.length > charactersMax) return broken([{ path: "", line: null, ...say("FILE_OVER_4_MB") }]);
  const unwanted = findUnwanted(text);
  if (unwanted !== null) return broken([unwanted]);
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    version: "1.2",
  });
  const lineAt = (offset: number): number => counter.linePos(offset).line;
  if (document.errors.length > 0) {
    return broken(
      document.errors
        .slice(0, problemsMax)
        .map((error) => ({ path: "", line: lineAt(error.pos[0]), ...say("YAML_INVALID", { detail: error.message }) })),
    );
  }
  const places = new Places(lineAt);
  if (!places.add(document.contents, []))
    return broken([{ path: "", line: 1, ...say("YAML_NESTING", { max: nestingMax }) }]);
  const plain = { file: null, problems: [], ...places.plain() };
  const known = withPlaces(plain);
  const parsed = centreFileSchema.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (parsed.success) return { ...plain, file: parsed.data };
  const problems = parsed.error.issues.slice(0, problemsMax).flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
    if (keys.length > 0)
      return keys.map((key) => known.problemAt([...path, key], say("FIELD_UNKNOWN", { field: key })));
    return [known.problemAt(path, sayIssue(issue as SchemaIssue))];
  });
  return { ...plain, problems };
}

function broken(problems: FileProblem[]): PlainFile {
  return { file: null, problems, places: "", lines: new Uint32Array(1) };
}

/**
 * What a centre file never needs and a parser pays dearly for: anchors, aliases and deep nesting, found among the tokens
 * before anything is built of them.
 */
function findUnwanted(text: string): FileProblem | null {
  let line = 1;
  let flow = 0;
  let dashes = 0;
  const nesting = (): FileProblem => ({ path: "", line, ...say("YAML_NESTING", { max: nestingMax }) });
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    if (!scalar) {
      if (token === "[" || token === "{") flow += 1;
      else if (token === "]" || token === "}") flow -= 1;
      else if (token === "-" || token === "?") dashes += 1;
      else if (/^[&*]\S/.test(token)) return { path: "", line, ...say("YAML_ANCHOR") };
    }
    if (flow > nestingMax || dashes > nestingMax) return nesting();
    // The lexer announces what is nothing but text: a list of stars in a note is no alias.
    scalar = token === "\u001f";
    if (!token.includes("\n")) continue;
    line += token.split("\n").length - 1;
    dashes = 0;
  }
  return null;
}

/** Where everything stands in a document; a key by its own line, so that unknown fields have one, too. */
class Places {
  readonly #lineAt: (offset: number) => number;
  readonly #names: string[] = [];
  readonly #lines: number[] = [];

  constructor(lineAt: (offset: number) => number) {
    this.#lineAt = lineAt;
  }

  /** Whether the node is nested no deeper than a centre file may be. */
  add(node: unknown, path: Path, keyOffset?: number): boolean {
    if (path.length > nestingMax) return false;
    const offset = keyOffset ?? (isNode(node) ? node.range?.[0] : undefined);
    this.#names.push(placeOf(path));
    this.#lines.push(offset === undefined ? 1 : this.#lineAt(offset));
    if (isSeq(node)) return node.items.every((item, index) => this.add(item, [...path, index]));
    if (!isMap(node)) return true;
    return node.items.every(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : String(key);
      return this.add(value, [...path, name], isScalar(key) ? key.range?.[0] : undefined);
    });
  }

  plain(): { readonly places: string; readonly lines: Uint32Array } {
    return { places: this.#names.join("\n"), lines: Uint32Array.from(this.#lines) };
  }
}

function placeOf(path: Path): string {
  return path.map((part) => String(part).replaceAll(/[\n/]/g, " ")).join("/");
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
