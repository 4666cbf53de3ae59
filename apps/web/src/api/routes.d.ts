/** Made of the contract when the app is built: see routes-table.ts. */
declare module "virtual:routes" {
  export type RouteAddress = Pick<import("@centrala/contract").Route, "method" | "path" | "upload">;
  export const routes: Readonly<Record<import("@centrala/contract").RouteName, RouteAddress>>;
}
