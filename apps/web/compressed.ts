import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const worth = /\.(js|css|svg|json|html|wav)$/;
const bytesMin = 1024;

/** Writes each file a second and third time, as br and gzip, so that the server never compresses while calls run. */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "centrala-compressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const path of filesBelow(folder).filter((file) => worth.test(file))) {
        const bytes = readFileSync(path);
        if (bytes.length < bytesMin) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/**
 * Styles stand behind what the page shows while it waits, so that a slow line paints that first, and before the app, whose own
 * variables have to come after them.
 */
export function stylesBeforeTheApp(): Plugin {
  return {
    name: "centrala-styles-before-the-app",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html) => {
        const links = html.match(/[ \t]*<link rel="stylesheet"[^>]*>\n?/g) ?? [];
        const without = links.reduce((text, link) => text.replace(link, ""), html);
        return without.replace(/^.*<div id="root">/m, (root) => `${links.join("")}${root}`);
      },
    },
  };
}
