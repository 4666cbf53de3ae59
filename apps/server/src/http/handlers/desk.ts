import { type Input, type LiveCommand, ownClientId, say } from "@centrala/contract";
import { operatorState } from "@centrala/domain";
import { centreScope } from "@centrala/store";
import { claimOf } from "../../live/callback-claims.ts";
import { clientFor, clientOfLastCall, customerOfTarget, resolveTarget } from "../../live/targets.ts";
import { deskView, dispositionsOf } from "../../live/views.ts";
import { fieldProblem, found, HttpProblem, refused } from "../errors.ts";
import { type Caller, type CommandHandlers, done, type Handlers, liveOf, personOf } from "../handler.ts";
import { newId } from "../services.ts";
import { readableContact, readableCustomer, seesClient } from "../sight.ts";

type Asked = { readonly caller: Caller; readonly reached: () => void };

/** Lets the core decide; its refusal becomes the answer. */
async function submit({ caller, reached }: Asked, input: Input): Promise<typeof done> {
  const deciding = caller.centre.core.submit(input);
  reached();
  const outcome = await deciding;
  if (!outcome.ok) throw refused(outcome.code, outcome.message);
  return done;
}

/** What a click does, whether it came by HTTP or over the live connection. */
export const deskCommands: CommandHandlers = {
  deskState: async (call) => {
    const { caller, body } = call;
    const operatorId = personOf(caller);
    return submit(call, {
      kind: "operatorWent",
      operatorId,
      to: body.to,
      reasonId: body.reasonId,
      byUserId: operatorId,
    });
  },

  deskDevice: async (call) =>
    submit(call, { kind: "deviceChosen", operatorId: personOf(call.caller), device: call.body.device }),

  acceptOffer: async (call) =>
    submit(call, { kind: "offerAccepted", offerId: call.params.id, operatorId: personOf(call.caller) }),

  declineOffer: async (call) =>
    submit(call, { kind: "offerDeclined", offerId: call.params.id, operatorId: personOf(call.caller) }),

  dial: async (call) => {
    const { app, caller, body } = call;
    const operatorId = personOf(caller);
    // What the journal will hold is looked up first: an id that somebody made up must not get that far.
    const customer = body.customerId === null ? null : await readableCustomer(call, body.customerId);
    const missed = body.missedContactId === null ? null : await readableContact(call, body.missedContactId);
    const config = caller.centre.config.current;
    const target = await resolveTarget(app, caller.centre, body.target);
    if (body.clientId !== null && !seesClient(caller, body.clientId))
      throw fieldProblem("clientId", say("CLIENT_UNKNOWN"));
    const ofCard = customer === null || customer.clientId === ownClientId ? null : customer.clientId;
    const ofCall = ofCard ?? missed?.clientId ?? clientOfLastCall(caller.centre, operatorId);
    const { clientId, callerNumberId } = clientFor(config, operatorId, body.clientId, ofCall);
    if (ofCard !== null && ofCard !== clientId) throw new HttpProblem("NOT_FOUND");
    const contactId = newId(app);
    const customerId = body.customerId ?? (await customerOfTarget(app, caller.centre, target, clientId));
    const dial = () =>
      submit(call, {
        kind: "operatorDialled",
        contactId,
        operatorId,
        legId: null,
        target,
        clientId,
        callerNumberId,
        customerId,
      });
    if (body.missedContactId === null || target.kind !== "outside") await dial();
    else {
      // Two who call the same person back would only disturb them.
      const claim = await liveOf(call).callbacks.while(claimOf(clientId, target.addressId), operatorId, dial);
      if ("takenBy" in claim)
        throw new HttpProblem("CONFLICT", {
          said: say("CALLER_TAKEN", { name: caller.centre.config.name("user", claim.takenBy) }),
        });
    }
    return { contactId };
  },

  hangUp: async (call) =>
    submit(call, { kind: "hungUp", contactId: call.params.id, operatorId: personOf(call.caller) }),

  hold: async (call) =>
    submit(call, { kind: "held", contactId: call.params.id, operatorId: personOf(call.caller), on: call.body.on }),

  mute: async (call) =>
    submit(call, { kind: "muted", contactId: call.params.id, operatorId: personOf(call.caller), on: call.body.on }),

  dropParty: async (call) =>
    submit(call, {
      kind: "partyDropped",
      contactId: call.params.id,
      operatorId: personOf(call.caller),
      legId: call.body.legId,
    }),

  sendKeys: async (call) => {
    const { app, caller, params, body } = call;
    const contact = found(caller.centre.core.state.contacts.get(params.id));
    const consulted =
      contact.phase.kind === "talking" && contact.phase.consult?.talking === true ? contact.phase.consult.legId : null;
    const legId = found(consulted ?? contact.customerLegId);
    await submit(call, {
      kind: "keysSent",
      contactId: params.id,
      operatorId: personOf(caller),
      legId,
      length: body.keys.length,
    });
    // The journal holds how many keys were sent, never which: they go to telephony beside it.
    app.phone.perform(caller.centre.id, { kind: "sendKeys", legId, keys: body.keys });
    return done;
  },

  transfer: async (call) => {
    const { app, caller, params, body } = call;
    const target = await resolveTarget(app, caller.centre, body.target);
    return submit(call, { kind: "transferAsked", contactId: params.id, operatorId: personOf(caller), target });
  },

  consult: async (call) => {
    const { app, caller, params, body } = call;
    const target = await resolveTarget(app, caller.centre, body.target);
    return submit(call, { kind: "consultAsked", contactId: params.id, operatorId: personOf(caller), target });
  },

  endConsult: async (call) =>
    submit(call, {
      kind: "consultEnded",
      contactId: call.params.id,
      operatorId: personOf(call.caller),
      as: call.body.as,
    }),

  pauseRecording: async (call) =>
    submit(call, {
      kind: "recordingPaused",
      contactId: call.params.id,
      operatorId: personOf(call.caller),
      on: call.body.paused,
    }),

  disposition: async (call) => {
    const { caller, params, body } = call;
    const memory = found(await liveOf(call).memories.load(params.id));
    const known = dispositionsOf(caller.centre.config.current, memory.queueId, memory.clientId);
    if (!known.some((disposition) => disposition.id === body.dispositionId))
      throw refused("DISPOSITION_UNKNOWN", "this result is not in the queue's list");
    return submit(call, {
      kind: "dispositionSet",
      contactId: params.id,
      operatorId: personOf(caller),
      dispositionId: body.dispositionId,
    });
  },

  note: async (call) => {
    const { app, caller, params, body, services } = call;
    const operatorId = personOf(caller);
    const memory = found(await liveOf(call).memories.load(params.id));
    if (!memory.operatorIds.has(operatorId)) throw refused("NOT_YOURS", "only those who took part write notes");
    // Who takes part is known here before it is written down where the database could look.
    await app.store.notes.put(centreScope(caller.centre.id), params.id, operatorId, body.text);
    memory.notes?.set(operatorId, body.text);
    services.hub?.refreshDesk(caller.centre.id, operatorId);
    return done;
  },

  linkCustomer: async (call) => {
    const { caller, params, body } = call;
    const card = body.customerId === null ? null : await readableCustomer(call, body.customerId);
    const contact = caller.centre.core.state.contacts.get(params.id);
    // Whoever works for two clients still keeps them apart: a card of one says nothing on a call of the other.
    if (card !== null && contact !== undefined && ![contact.clientId, ownClientId].includes(card.clientId))
      throw new HttpProblem("NOT_FOUND");
    return submit(call, {
      kind: "customerLinked",
      contactId: params.id,
      customerId: body.customerId,
      operatorId: personOf(caller),
    });
  },

  finishWrapUp: async (call) =>
    submit(call, { kind: "wrapUpFinished", contactId: call.params.id, operatorId: personOf(call.caller) }),

  echoTest: async ({ app, caller }) => {
    const operator = caller.centre.core.state.operators.get(personOf(caller));
    if (operator?.headsetLegId == null) throw refused("NO_DEVICE", "no headset is connected");
    if (operator.work.kind === "talking" || operator.work.kind === "offered")
      throw refused("OPERATOR_BUSY", "a call is running");
    const config = caller.centre.config.current;
    const language = config.user.find((user) => user.id === caller.userId)?.language ?? config.centre.language;
    app.phone.echoTest(caller.centre.id, operator.headsetLegId, language);
    return done;
  },

  testCall: async ({ app, caller, body }) => {
    // The simulator is loaded when it is needed, not with every start.
    const { startTestCall } = await import("../../core/test-call.ts");
    const userId = personOf(caller);
    const started = await startTestCall(app, caller.centre, userId, body.language);
    if (!started.ok && started.code === "LIMIT_REACHED") throw refused("LIMIT_REACHED", started.message);
    if (!started.ok) throw fieldProblem("language", say("NO_QUEUE_YET"));
    await app.store.audit.add(caller.centre.id, { who: userId, what: "test-call.start", target: "centre" });
    return { started: true as const };
  },
};

export const deskHandlers: Pick<Handlers, LiveCommand | "desk" | "colleagues"> = {
  ...deskCommands,

  desk: async (call) => {
    const live = liveOf(call);
    await live.ready;
    return deskView(live, personOf(call.caller), call.app.clock());
  },

  colleagues: async ({ caller, query }) => {
    const { state } = caller.centre.core;
    const config = caller.centre.config.current;
    const search = (query.search ?? "").trim().toLowerCase();
    const matches = (text: string) => search === "" || text.toLowerCase().includes(search);
    const operators = config.user
      .filter((user) => user.active && user.id !== caller.userId && state.operators.has(user.id))
      .filter((user) => matches(user.name) || (user.extension ?? "").startsWith(search))
      .slice(0, 200)
      .map((user) => {
        const operator = state.operators.get(user.id);
        return {
          id: user.id,
          name: user.name,
          extension: user.extension,
          state: operator === undefined ? "offline" : operatorState(operator),
        };
      });
    const queues = config.queue
      .filter((queue) => matches(queue.name))
      .slice(0, 200)
      .map((queue) => ({ id: queue.id, name: queue.name, waiting: state.queues.get(queue.id)?.waiting.size ?? 0 }));
    return { operators, queues };
  },
};
