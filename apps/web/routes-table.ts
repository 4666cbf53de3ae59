import { routes } from "@centrala/contract";
import type { Plugin } from "vite";

const name = "virtual:routes";
const resolved = `\0${name}`;

/**
 * Gives the web app where each route of the contract lies and nothing else of it: the schemas, and the library they are
 * written in, are a fifth of what a browser would have to fetch before it shows anything, and only a few forms need them.
 */
export function routesTable(): Plugin {
  return {
    name: "centrala-routes-table",
    resolveId: (id) => (id === name ? resolved : undefined),
    load(id) {
      if (id !== resolved) return undefined;
      const table = Object.fromEntries(
        Object.entries(routes).map(([key, { method, path, upload }]) => [key, { method, path, upload }]),
      );
      return `export const routes = ${JSON.stringify(table)};`;
    },
  };
}
