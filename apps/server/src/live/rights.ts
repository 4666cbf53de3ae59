import { type Access, type CentreConfig, type Role, routes, type ServerMessage } from "@centrala/contract";
import { permits } from "../accounts/access.ts";

export type List = Extract<ServerMessage, { kind: "changed" }>["what"];
/** What a person may see on a live connection: the same that the routes of the same things ask. */
export type Rights = {
  readonly desk: boolean;
  readonly floor: boolean;
  readonly lines: boolean;
  /** Of which lists it is told that they changed. */
  readonly lists: ReadonlySet<List>;
};

export const noRights: Rights = { desk: false, floor: false, lines: false, lists: new Set() };

const known = new WeakMap<CentreConfig, Map<string, Rights>>();

/**
 * The rights of this very moment, cheap enough to be asked for with everything that is sent: of each configuration they are
 * made once. Whoever is not there any more, or was made inactive, has none.
 */
export function rightsIn(config: CentreConfig, userId: string): Rights {
  const made = known.get(config) ?? new Map<string, Rights>();
  known.set(config, made);
  const rights = made.get(userId) ?? rightsOf(config, userId);
  made.set(userId, rights);
  return rights;
}

function rightsOf(config: CentreConfig, userId: string): Rights {
  const user = config.user.find(({ id }) => id === userId);
  return user?.active === true ? rightsOfRoles(user.roles) : noRights;
}

function rightsOfRoles(roles: readonly Role[]): Rights {
  const floor = permits(routes.floor.access, roles);
  const lists = (Object.keys(accessOfList) as List[]).filter((list) => permits(accessOfList[list], roles));
  return {
    desk: permits(routes.desk.access, roles),
    floor,
    // Operators have no use for carriers' lines.
    lines: floor || roles.includes("technician"),
    lists: new Set(lists),
  };
}

const accessOfList: Readonly<Record<List, Access>> = {
  contacts: routes.contacts.access,
  missed: routes.missed.access,
  customers: routes.customers.access,
  imports: routes.imports.access,
  config: "user",
};
