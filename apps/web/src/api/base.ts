/** Where the app lies below its host: empty, or for example "/centrala" behind a proxy; the server writes it into the page. */
export const basePath = typeof document === "undefined" ? "" : baseOf(written());

function written(): string | null {
  return document.querySelector("meta[name=centrala-base]")?.getAttribute("content") ?? null;
}

export function baseOf(href: string | null): string {
  return (href ?? "/").replace(/\/+$/, "");
}

/** The address of something on our own server, from its path there. */
export function ownUrl(path: `/${string}`): string {
  return `${basePath}${path}`;
}
