import type { Connection } from "@centrala/store";

/** A database of the tests as a person would write it into CENTRALA_DATABASE_URL. */
export function urlOf(connection: Connection): string {
  if ("connectionString" in connection) return connection.connectionString;
  const { host, port, database, user, password } = connection;
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}
