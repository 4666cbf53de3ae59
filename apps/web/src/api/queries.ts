import type { Entity, EntityKind, QueryOf, ResponseOf, RouteName } from "@centrala/contract";
import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ApiError, type CallArguments, call } from "./call.ts";

/** Requests are repeated only when the server was not reached or overloaded; refusals are answers. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => count < 3 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      },
      mutations: { retry: false },
    },
  });
}

/** Query key of a route: `["contacts", {...}]`; live "changed" messages invalidate by its first word. */
export function useRoute<N extends RouteName>(
  name: N,
  input: CallArguments<N>,
  options: {
    readonly enabled?: boolean;
    readonly staleTime?: number;
    readonly gcTime?: number;
    readonly refetchInterval?: number;
    readonly retry?: false;
    /** Shows the answer to the input before until the one to the present input is there. */
    readonly keepsPrevious?: boolean;
  } = {},
) {
  const { keepsPrevious = false, ...rest } = options;
  return useQuery({
    queryKey: [name, input.params ?? null, input.query ?? null],
    queryFn: ({ signal }) =>
      (call as (n: N, i: CallArguments<N>) => Promise<ResponseOf<N>>)(name, { ...input, signal }),
    ...(keepsPrevious ? { placeholderData: keepPreviousData } : {}),
    ...rest,
  });
}

type PagedRoute = "audit" | "customers" | "contacts" | "missed";
type Row<N extends PagedRoute> = ResponseOf<N>["items"][number];

/** A list by cursor; `rows` is what has been loaded so far. */
export function usePages<N extends PagedRoute>(name: N, query: Omit<NonNullable<QueryOf<N>>, "cursor">) {
  const result = useInfiniteQuery({
    queryKey: [name, null, query],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => page(name, { ...query, ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    getNextPageParam: (last) => last.next,
  });
  const rows = (result.data?.pages ?? []).flatMap((each) => each.items as Row<N>[]);
  return { ...result, rows };
}

function page<N extends PagedRoute>(
  name: N,
  query: Record<string, unknown>,
  signal: AbortSignal,
): Promise<ResponseOf<N>> {
  return (call as (n: N, i: object) => Promise<ResponseOf<N>>)(name, {
    query,
    signal,
  });
}

/** All entities of a kind of the configuration. */
export function useEntities<K extends EntityKind>(kind: K) {
  return useQuery({
    queryKey: ["entities", kind],
    queryFn: async ({ signal }) =>
      (await call("entities", { params: { kind }, signal })).items as unknown as Entity<K>[],
    staleTime: 60_000,
  });
}
