import type { DeskTarget, ResponseOf } from "@centrala/contract";
import { isEmergency } from "@centrala/domain";
import { useDebouncedValue } from "@mantine/hooks";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { useRoute } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";

type Directory = ResponseOf<"colleagues">;
type CustomerRow = ResponseOf<"customers">["items"][number];

/** One line of a search over everything that can be called or opened. */
export type Found =
  | {
      readonly kind: "number";
      readonly key: string;
      readonly title: string;
      readonly target: DeskTarget;
      /** It may be dialled as it stands: a whole number, or one for emergencies. */
      readonly whole: boolean;
    }
  | {
      readonly kind: "operator";
      readonly key: string;
      readonly title: string;
      readonly state: string;
      readonly extension: string | null;
      readonly target: DeskTarget;
      readonly disabled: boolean;
    }
  | {
      readonly kind: "queue";
      readonly key: string;
      readonly title: string;
      readonly waiting: number;
      readonly target: DeskTarget;
    }
  | {
      readonly kind: "customer";
      readonly key: string;
      readonly title: string;
      readonly customerId: string;
      /** Whose customer: in that client's name they are called. */
      readonly clientId: string;
      readonly phones: readonly string[];
    };

/** What was typed as a number to dial, or null: digits with the usual separators, a plus, stars and hashes, at least two digits. */
export function typedNumber(text: string): string | null {
  const trimmed = text.trim();
  if (!/^[+(]?[\d\s().\-/*#]+$/.test(trimmed)) return null;
  const number = trimmed.replace(/[\s().\-/]/g, "");
  return number.replace(/\D/g, "").length >= 2 ? number.slice(0, 32) : null;
}

/** What a line calls: of a customer the first number; null where there is none. */
export function targetOf(found: Found): DeskTarget | null {
  if (found.kind !== "customer") return found.target;
  const [number] = found.phones;
  return number === undefined ? null : { kind: "number", number };
}

/** A colleague who is off duty is shown and cannot be called. */
export function isAway(found: Found): boolean {
  return found.kind === "operator" && found.disabled;
}

type What = {
  readonly queues: boolean;
  readonly customers: boolean;
  /** False while nobody looks: states of colleagues change by the second and are not kept. */
  readonly shown?: boolean;
};

/** Colleagues, queues, customers and the number itself for what was typed. Without text: colleagues and queues. */
export function useTargets(text: string, what: What): { found: readonly Found[]; loading: boolean; error: unknown } {
  const [search] = useDebouncedValue(text.trim(), 180);
  const session = useSession();
  const me = session.user.id;
  const directory = useRoute(
    "colleagues",
    { query: search ? { search: search.slice(0, 80) } : {} },
    // Without the answer before, the list would be empty for a moment in the middle of the typing, and Enter do nothing.
    { staleTime: 3_000, gcTime: 0, enabled: what.shown ?? true, keepsPrevious: search !== "" },
  );
  const wantsCustomers = what.customers && search.length >= 2;
  const customers = useRoute(
    "customers",
    { query: { search: search.slice(0, 120), limit: 8 } },
    { enabled: wantsCustomers },
  );
  return {
    found: foundOf(
      text,
      { me, country: session.centre.country },
      narrowed(directory.data, text),
      wantsCustomers ? (customers.data?.items ?? []) : [],
      what,
    ),
    loading: directory.isPending || directory.isPlaceholderData || (wantsCustomers && customers.isPending),
    error: directory.error ?? customers.error,
  };
}

/**
 * Of a directory that may still be the answer to an earlier text only what fits the present one, so that Enter never
 * chooses somebody who was not meant.
 */
export function narrowed(directory: Directory | undefined, text: string): Directory | undefined {
  const search = text.trim().toLowerCase();
  if (directory === undefined || search === "") return directory;
  const fits = (name: string) => name.toLowerCase().includes(search);
  return {
    operators: directory.operators.filter((each) => fits(each.name) || (each.extension ?? "").startsWith(search)),
    queues: directory.queues.filter((each) => fits(each.name)),
  };
}

export function foundOf(
  text: string,
  { me, country }: { readonly me: string; readonly country: string },
  directory: Directory | undefined,
  customers: readonly CustomerRow[],
  what: What,
): readonly Found[] {
  const number = typedNumber(text);
  const whole = number !== null && isWhole(number, country);
  const dialled: Found[] = number
    ? [{ kind: "number", key: "number", title: number, target: { kind: "number", number }, whole }]
    : [];
  const operators = (directory?.operators ?? [])
    .filter((operator) => operator.id !== me)
    .map<Found>((operator) => ({
      kind: "operator",
      key: `operator-${operator.id}`,
      title: operator.name,
      state: operator.state,
      extension: operator.extension,
      target: { kind: "operator", operatorId: operator.id },
      disabled: operator.state === "offline",
    }))
    .sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
  const queues = what.queues
    ? (directory?.queues ?? []).map<Found>((queue) => ({
        kind: "queue",
        key: `queue-${queue.id}`,
        title: queue.name,
        waiting: queue.waiting,
        target: { kind: "queue", queueId: queue.id },
      }))
    : [];
  const cards = customers.map<Found>((customer) => ({
    kind: "customer",
    key: `customer-${customer.id}`,
    title: customer.name,
    customerId: customer.id,
    clientId: customer.clientId,
    phones: customer.phones,
  }));
  const away = operators.filter(isAway);
  const here = operators.filter((each) => !isAway(each));
  // Half a number is looked for rather than dialled; whoever can't be reached is never the first.
  const rest = [...cards, ...here, ...queues];
  return whole ? [...dialled, ...rest, ...away] : [...rest, ...dialled, ...away];
}

/** Long enough for a number of the country, or one that is dialled as it is. */
export function isWhole(number: string, country: string): boolean {
  if (isEmergency(number, country) || /[*#]/.test(number)) return true;
  return parsePhoneNumberFromString(number, country as CountryCode)?.isValid() === true;
}

export type { DeskTarget };

/** Those who can answer now come first. */
function rank(found: Found): number {
  if (found.kind !== "operator") return 0;
  return found.state === "available" ? 0 : found.disabled ? 2 : 1;
}
