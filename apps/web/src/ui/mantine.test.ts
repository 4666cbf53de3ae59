import { expect, it } from "vitest";

const sources = import.meta.glob<string>("../**/*.{ts,tsx}", { eager: true, query: "?raw", import: "default" });
const styles = Object.keys(import.meta.glob("../../../../node_modules/@mantine/core/styles/*.css"));

function partsOf(source: string): string[] {
  return [...source.matchAll(/import \{([^}]+)\} from "@mantine\/core"/g)].flatMap((match) =>
    (match[1] ?? "").split(",").map((part) => part.trim()),
  );
}

it("has the styles of every part of the library that a page uses", () => {
  const listed = sources["./mantine.ts"] ?? "";
  const used = [...new Set(Object.values(sources).flatMap(partsOf))];
  const styled = used.filter((part) => styles.some((path) => path.endsWith(`/${part}.css`)));
  expect(styled.filter((part) => !listed.includes(`/${part}.css`))).toEqual([]);
  expect(styled).toContain("Button");
});
