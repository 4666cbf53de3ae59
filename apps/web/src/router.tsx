import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { basePath } from "./api/base.ts";
import { HomePage, NotFoundPage, SignedIn } from "./auth/SignedIn.tsx";
import { RowSkeletons } from "./ui/EmptyState.tsx";
import { RouteError } from "./ui/RouteError.tsx";

/** Search parameters are filters as text; each page reads those it knows. */
type Search = Record<string, string | undefined>;
function textSearch(search: Record<string, unknown>): Search {
  const texts: Search = {};
  for (const [key, value] of Object.entries(search).slice(0, 30)) {
    if (typeof value === "string" || typeof value === "number") texts[key] = String(value).slice(0, 300);
  }
  return texts;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });
const bare = { getParentRoute: () => root, validateSearch: textSearch };
const signIn = createRoute({
  ...bare,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./auth/SignInPage.tsx"), "Page"),
});
const setup = createRoute({
  ...bare,
  path: "/setup",
  component: lazyRouteComponent(() => import("./guide/SetupPage.tsx"), "Page"),
});
const invitation = createRoute({
  ...bare,
  path: "/invitation/$token",
  component: lazyRouteComponent(() => import("./guide/InvitationPage.tsx"), "Page"),
});

const inside = createRoute({ getParentRoute: () => root, id: "inside", component: SignedIn });
const below = { getParentRoute: () => inside, validateSearch: textSearch };
const home = createRoute({ ...below, path: "/", component: HomePage });
const desk = createRoute({
  ...below,
  path: "/desk",
  component: lazyRouteComponent(() => import("./desk/DeskPage.tsx"), "Page"),
});
const floor = createRoute({
  ...below,
  path: "/floor",
  component: lazyRouteComponent(() => import("./floor/FloorPage.tsx"), "Page"),
});
const studio = createRoute({
  ...below,
  path: "/studio",
  component: lazyRouteComponent(() => import("./studio/StudioPage.tsx"), "Page"),
});
const studioSection = createRoute({
  ...below,
  path: "/studio/$section",
  component: lazyRouteComponent(() => import("./studio/StudioPage.tsx"), "Page"),
});
const history = createRoute({
  ...below,
  path: "/history",
  component: lazyRouteComponent(() => import("./history/HistoryPage.tsx"), "Page"),
});
const contact = createRoute({
  ...below,
  path: "/history/$contactId",
  component: lazyRouteComponent(() => import("./history/ContactPage.tsx"), "Page"),
});
const missed = createRoute({
  ...below,
  path: "/missed",
  component: lazyRouteComponent(() => import("./history/MissedPage.tsx"), "Page"),
});
const customers = createRoute({
  ...below,
  path: "/customers",
  component: lazyRouteComponent(() => import("./customers/CustomersPage.tsx"), "Page"),
});
const customer = createRoute({
  ...below,
  path: "/customers/$customerId",
  component: lazyRouteComponent(() => import("./customers/CustomerPage.tsx"), "Page"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setup,
    invitation,
    inside.addChildren([home, desk, floor, studio, studioSection, history, contact, missed, customers, customer]),
  ]),
  basepath: basePath || "/",
  defaultPreload: "intent",
  defaultErrorComponent: RouteError,
  defaultPendingComponent: () => <RowSkeletons />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
