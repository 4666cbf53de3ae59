import type { Notice } from "@centrala/contract";
import { tokenRoles } from "../../accounts/access.ts";
import { shortenedNotice } from "../../core/retention.ts";
import { floorView } from "../../live/views.ts";
import { auditView } from "../audit-view.ts";
import { databaseName, diskOf, reachOf, runDoctor, saidOf } from "../doctor.ts";
import { found, refused } from "../errors.ts";
import { done, type Handlers, liveOf, whoOf } from "../handler.ts";
import { refusalView } from "../refusals.ts";
import { requirePerson } from "../rights.ts";

type Names =
  | "notices"
  | "confirmClock"
  | "floor"
  | "floorState"
  | "system"
  | "authority"
  | "doctor"
  | "refusals"
  | "audit"
  | "tokens"
  | "createToken"
  | "revokeToken";

export const systemHandlers: Pick<Handlers, Names> = {
  floor: async (call) => {
    const live = liveOf(call);
    await live.ready;
    return floorView(live, call.app.clock());
  },

  floorState: async ({ caller, params, body }) => {
    const outcome = await caller.centre.core.submit({
      kind: "operatorWent",
      operatorId: params.id,
      to: body.to,
      reasonId: null,
      byUserId: caller.userId,
    });
    if (!outcome.ok) throw refused(outcome.code, outcome.message);
    return done;
  },

  system: async ({ app, caller }) => {
    const { network, settings } = app;
    const open = network.publicAddress();
    const { reachable, why } = reachOf(app, caller.centre);
    const { kind, validUntil, authorityFingerprint } = network.certificate;
    return {
      version: app.version,
      localAddresses: [...network.localAddresses],
      publicAddress: open.address,
      publicAddressFrom: open.from,
      reachable,
      reachableWhy: why.message,
      reachableSaid: saidOf(why),
      sipPort: network.sipPort,
      sipsPort: settings.sipsPort,
      rtpPorts: `${settings.rtpPorts.first}-${settings.rtpPorts.last}`,
      httpsUrl: network.httpsUrl,
      httpUrl: network.httpUrl,
      certificate: { kind, validUntil, authorityFingerprint },
      disk: await diskOf(app),
      database: databaseName(app).message,
      databaseSaid: saidOf(databaseName(app)),
    };
  },

  notices: async ({ app, caller }) => {
    const builds = caller.roles.includes("manager") || caller.roles.includes("technician");
    const now = app.clock();
    const items: Notice[] = [];
    for (const notice of app.watch.notices()) {
      if (!("newestAt" in notice)) items.push(notice);
      else if (builds) items.push({ ...notice, now: Date.now() });
    }
    if (caller.roles.includes("manager"))
      for (const notice of await shortenedNotice(app, caller.centre.id, now))
        items.push("by" in notice ? { ...notice, by: caller.centre.config.name("user", notice.by) } : notice);
    return { items };
  },

  confirmClock: async ({ app, caller }) => {
    await app.store.audit.add(caller.centre.id, { who: whoOf(caller), what: "clock.confirm", target: "system" });
    app.watch.confirmClock();
    return done;
  },

  authority: async ({ app, reply }) =>
    reply
      .header("content-disposition", 'attachment; filename="centrala-authority.crt"')
      .type("application/x-x509-ca-cert")
      .send(found(app.network.certificate.authorityPem)),

  doctor: async ({ app, caller }) => ({ checks: await runDoctor(app, caller.centre) }),

  refusals: async ({ app, caller }) => ({
    items: app.phone.refusals(caller.centre.id).map(refusalView),
    pauses: [...app.phone.pauses(caller.centre.id)],
  }),

  audit: async ({ app, caller, query }) => {
    const { limit, cursor, ...filter } = query;
    const [page, tokens] = await Promise.all([
      app.store.audit.list(caller.centre.id, { limit, cursor, ...filter }),
      app.store.tokens.list(caller.centre.id),
    ]);
    return { items: page.items.map((row) => auditView(caller.centre, tokens, row)), next: page.nextCursor };
  },

  tokens: async ({ app, caller }) => ({
    items: (await app.store.tokens.list(caller.centre.id)).map((row) => ({
      id: row.id,
      name: row.name,
      roles: [...row.roles],
      createdAt: row.createdAt,
      lastUsedAt: row.seenAt,
      expiresAt: row.expiresAt,
      maker: row.createdBy === null ? null : caller.centre.config.name("user", row.createdBy),
      ended: tokenRoles(app, caller.centre, row).length === 0,
    })),
  }),

  createToken: async ({ app, caller, body }) => {
    requirePerson(caller);
    const { token, row } = await app.store.tokens.create(caller.centre.id, {
      name: body.name,
      roles: body.roles,
      createdBy: caller.userId,
      ttlMs: body.expiresInDays * 86_400_000,
    });
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "token.create",
      target: `token/${row.id}`,
    });
    return { id: row.id, token, expiresAt: row.expiresAt ?? 0 };
  },

  revokeToken: async ({ app, caller, params }) => {
    const revoked = await app.store.tokens.revoke(caller.centre.id, params.id);
    found(revoked ? params.id : null);
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "token.revoke",
      target: `token/${params.id}`,
    });
    return done;
  },
};
