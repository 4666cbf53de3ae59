import type { Centre, CentreConfig, Entity, EntityKind } from "@centrala/contract";
import type { Instant, Result } from "@centrala/kit";

export type CentreRow = { readonly id: string; readonly slug: string; readonly createdAt: Instant };

export interface CentreRepository {
  /** `slug` names the centre among its installation's (keySchema). */
  create(slug: string, centre: Centre): Promise<Result<CentreRow, "SLUG_TAKEN">>;
  list(): Promise<readonly CentreRow[]>;
  get(centreId: string): Promise<{ readonly centre: Centre; readonly version: number } | undefined>;
  /** `judgedBy` as in {@link EntityRepository.apply}. */
  put(
    centreId: string,
    centre: Centre,
    expectedVersion?: number,
    judgedBy?: number,
  ): Promise<Result<Changed, ChangeCode>>;
  /** Centres that have a user of this login (lower case). */
  findByLogin(login: string): Promise<readonly string[]>;
  /** Maps a host name of the web app to a centre. */
  setHost(host: string, centreId: string | null): Promise<void>;
  findByHost(host: string): Promise<string | undefined>;
}

export type Stored<T> = { readonly value: T; readonly version: number; readonly updatedAt: Instant };
export type Changed = {
  /** Of the entity. */ readonly version: number;
  /** Of the whole configuration. */ readonly configVersion: number;
};
/** CONFIG_MOVED: the configuration is another one than the change was judged by. */
export type ChangeCode =
  | "VERSION_CONFLICT"
  | "CONFIG_MOVED"
  | "LOGIN_TAKEN"
  | "EXTENSION_TAKEN"
  | "USERNAME_TAKEN"
  | "NUMBER_TAKEN";
export type EntityChange =
  | { [K in EntityKind]: { readonly put: K; readonly value: Entity<K>; readonly expectedVersion?: number } }[EntityKind]
  | { readonly delete: EntityKind; readonly id: string };

/**
 * Entities by kind and key. Passwords in `trunk.registration.password` and `device.password` are split off on writing, kept
 * encrypted, and always read as null; writing null keeps what is stored. See {@link SecretRepository}.
 */
export interface EntityRepository {
  list<K extends EntityKind>(centreId: string, kind: K): Promise<readonly Stored<Entity<K>>[]>;
  get<K extends EntityKind>(centreId: string, kind: K, id: string): Promise<Stored<Entity<K>> | undefined>;
  /** Creates or replaces. With `expectedVersion` (0: must not exist yet) refuses when someone else was faster. */
  put<K extends EntityKind>(
    centreId: string,
    kind: K,
    value: Entity<K>,
    expectedVersion?: number,
    judgedBy?: number,
  ): Promise<Result<Changed, ChangeCode>>;
  /** False when there was none. */
  delete(centreId: string, kind: EntityKind, id: string): Promise<boolean>;
  /**
   * All or none, one configuration version. `centre` replaces the centre's settings in the same transaction. With `judgedBy` (a
   * version of the whole configuration) nothing is changed once it is another one: what refers to what was looked at there.
   */
  apply(
    centreId: string,
    changes: readonly EntityChange[],
    centre?: Centre,
    judgedBy?: number,
  ): Promise<Result<{ readonly configVersion: number }, ChangeCode>>;
  /** The whole configuration in one snapshot, secrets null. */
  loadConfig(centreId: string): Promise<CentreConfig>;
  configVersion(centreId: string): Promise<number>;
}

export type SecretKind = "trunk" | "device";
export interface SecretRepository {
  /** The password of a trunk's registration or a device, decrypted. */
  get(centreId: string, kind: SecretKind, id: string): Promise<string | undefined>;
  list(centreId: string, kind: SecretKind): Promise<ReadonlyMap<string, string>>;
  clear(centreId: string, kind: SecretKind, id: string): Promise<void>;
}
