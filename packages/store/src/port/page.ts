export const listLimitMax = 200;

export type PageQuery = { readonly limit?: number; readonly cursor?: string | null };
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };
