import { say } from "@centrala/contract";
import { isEmergency, mayDial, usedBy } from "@centrala/domain";
import { destinationOfAddress } from "../../core/destinations.ts";
import { readNumber } from "../../core/numbers.ts";
import { usedToday } from "../../live/outgoing.ts";
import { fieldProblem } from "../errors.ts";
import type { Handlers } from "../handler.ts";

export const outgoingHandlers: Pick<Handlers, "outgoing" | "tryNumber"> = {
  outgoing: async ({ app, caller }) => {
    const { centre } = caller;
    const { refusedCalls, state } = centre.core;
    let refusedTotal = 0;
    for (const count of refusedCalls.counts.values()) refusedTotal += count;
    return {
      currency: centre.config.current.centre.outgoing.currency,
      countries: [...(state.config.core.outgoing?.countries ?? [])],
      used: usedToday(centre, app.clock()),
      refused: refusedCalls.last.map(({ at, operatorId, code, scope, destination }) => ({
        at,
        operator: operatorId === null ? null : centre.config.name("user", operatorId),
        code,
        scope,
        country: destination?.country ?? null,
        class: destination?.class ?? null,
      })),
      refusedTotal,
    };
  },

  tryNumber: async ({ app, caller, body }) => {
    const { config, core } = caller.centre;
    const { current } = config;
    const dialled = body.number.replace(/[\s().-]/g, "");
    if (!/[0-9]/.test(dialled)) throw fieldProblem("number", say("NO_DIGITS"));
    const none = { code: null, scope: null, country: null, class: null, perMinute: null };
    if (isEmergency(dialled, current.centre.country))
      return { kind: "emergency", display: dialled, allowed: true, ...none };
    const colleague = current.user.find((user) => user.active && user.extension === dialled);
    if (colleague !== undefined) return { kind: "colleague", display: colleague.name, allowed: true, ...none };
    const address = readNumber(dialled, current.centre.country);
    const destination = destinationOfAddress(address, current);
    const now = app.clock();
    const { state } = core;
    const verdict = mayDial(state.config.core.outgoing, (scope, id) => usedBy(state.outgoing, scope, id, now), {
      destination,
      emergency: false,
      operatorId: body.userId,
      onDuty: true,
      deviceId: null,
      trunkIds: state.config.trunkIds,
    });
    return {
      kind: "outside",
      display: address.display,
      allowed: verdict.allowed,
      code: verdict.allowed ? null : verdict.code,
      scope: verdict.allowed ? null : verdict.scope,
      country: destination.country,
      class: destination.class,
      perMinute: destination.pricePerMinute / 1_000_000,
    };
  },
};
