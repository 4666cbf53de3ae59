import { describe, expect, it } from "vitest";
import { answerBody, answersAll, call, offer, type TestNode, text, VirtualNetwork } from "./testing.ts";

function pair(seed = 1, faults = {}): { network: VirtualNetwork; alice: TestNode; bob: TestNode } {
  const network = new VirtualNetwork(seed, faults);
  return { network, alice: network.add("10.0.0.1"), bob: network.add("10.0.0.2") };
}

function talking(seed = 1) {
  const { network, alice, bob } = pair(seed);
  answersAll(bob);
  const id = call(alice, bob);
  network.run(1_000);
  const there = bob.told("incoming")[0]?.call ?? -1;
  bob.react = () => {};
  return { network, alice, bob, id, there };
}

const local = { status: null, q850: null, text: null, retryAfterS: null, contacts: [] };

describe("a call", () => {
  it("[RFC3261-13] rings, is answered, acknowledged and ended by the caller", () => {
    const { network, alice, bob, id } = talking();
    alice.agent.end(network.now, id);
    network.run(1_000);
    expect(alice.kinds()).toEqual(["provisional", "answered", "ended"]);
    expect(bob.kinds()).toEqual(["incoming", "acked", "ended"]);
    expect(text(alice.told("answered")[0]?.body ?? offer)).toBe("answer");
    expect(bob.told("ended")[0]?.cause).toEqual({ ...local, by: "remote", answered: true });
    expect(alice.sent).toEqual([
      "INVITE sip:100@10.0.0.2 SIP/2.0",
      "ACK sip:100@10.0.0.2:5060 SIP/2.0",
      "BYE sip:100@10.0.0.2:5060 SIP/2.0",
    ]);
    expect(bob.sent).toEqual(["SIP/2.0 180 Ringing", "SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
  });

  it("[RFC3261-17.2.1] is answered 100 when nothing else was said for 200 ms", () => {
    const { network, alice, bob } = pair();
    const id = call(alice, bob);
    network.run(150);
    expect(bob.sent).toEqual([]);
    network.run(1_000);
    expect(bob.sent).toEqual(["SIP/2.0 100 Trying"]);
    expect(alice.sent).toEqual(["INVITE sip:100@10.0.0.2 SIP/2.0"]);
    alice.agent.end(network.now, id);
    network.run(1_000);
    expect(bob.sent).toEqual(["SIP/2.0 100 Trying", "SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
  });

  it("leaves nothing behind once all transactions have ended", () => {
    const { network, alice, id, bob } = talking();
    alice.agent.end(network.now, id);
    network.run(120_000);
    for (const node of [alice, bob]) {
      expect(node.agent.counters).toEqual({
        calls: 0,
        transactions: 0,
        refusedByLimit: 0,
        malformed: 0,
        strayResponses: 0,
      });
      expect(node.agent.poll(network.now)).toBe(undefined);
    }
  });

  it("is ended by the far end with the Reason it gives", () => {
    const { network, alice, bob, there } = talking();
    bob.agent.end(network.now, there, { headers: [["reason", 'Q.850;cause=16;text="normal clearing"']] });
    network.run(1_000);
    expect(alice.told("ended")[0]?.cause).toEqual({
      ...local,
      by: "remote",
      q850: 16,
      text: "normal clearing",
      answered: true,
    });
  });

  it("[RFC3261-13.2.2.3] is refused with status, reason and Retry-After", () => {
    const { network, alice, bob } = pair();
    bob.react = (event, now) => {
      if (event.kind === "incoming") {
        bob.agent.end(now, event.call, {
          status: 486,
          headers: [
            ["retry-after", "30"],
            ["reason", "Q.850;cause=17"],
          ],
        });
      }
    };
    call(alice, bob);
    network.run(60_000);
    expect(alice.told("ended").map((event) => event.cause)).toEqual([
      { by: "remote", status: 486, q850: 17, text: null, retryAfterS: 30, contacts: [], answered: false },
    ]);
    expect(bob.sent).toEqual(["SIP/2.0 486 Busy Here"]);
  });

  it("[RFC3261-17.1.1.2] to nobody ends by timer B", () => {
    const { network, alice, bob } = pair();
    alice.agent.invite(network.now, {
      principal: "p",
      uri: "sip:1@10.9.9.9",
      peer: { transport: "UDP", address: "10.9.9.9", port: 5060 },
      from: "<sip:2@10.0.0.1>",
      contactUser: "2",
      callId: "x",
      body: offer,
    });
    network.run(40_000);
    expect(alice.told("ended").map((event) => event.cause)).toEqual([
      { ...local, by: "timeout", status: 408, answered: false },
    ]);
    expect(bob.kinds()).toEqual([]);
  });

  it("[RFC3261-13.3.1.1] 180 is repeated once a minute", () => {
    const { network, alice, bob } = pair();
    bob.react = (event, now) => {
      if (event.kind === "incoming") bob.agent.progress(now, event.call);
    };
    call(alice, bob);
    network.run(150_000);
    expect(bob.sent.filter((line) => line.includes("180")).length).toBe(3);
  });

  it("brings early media of 183 with the tag of who sends it", () => {
    const { network, alice, bob } = pair();
    bob.react = (event, now) => {
      if (event.kind === "incoming") bob.agent.progress(now, event.call, 183, answerBody);
    };
    call(alice, bob);
    network.run(1_000);
    const [early] = alice.told("provisional");
    expect([early?.status, text(early?.body ?? offer), early?.toTag.length]).toEqual([183, "answer", 16]);
  });

  it("[RFC3261-13.3.1.4] without ACK the callee gives up after 64*T1 and says BYE", () => {
    const { network, alice, bob } = pair();
    answersAll(bob);
    const id = call(alice, bob);
    network.run(4);
    // The caller dies silently before the answer reaches it.
    const dead = network.add("10.0.0.1");
    network.run(40_000);
    expect(bob.told("ended").map((event) => event.cause)).toEqual([
      { ...local, by: "timeout", status: 408, answered: true },
    ]);
    expect([id, dead.kinds()]).toEqual([1, []]);
  });
});

describe("a forked call", () => {
  it("[RFC3261-13.2.2.4] a second far end that answers is acknowledged and sent away, the first goes on", () => {
    const network = new VirtualNetwork(5);
    const alice = network.add("10.0.0.1");
    const bob = network.add("10.0.0.2");
    const captured: Uint8Array[] = [];
    answersAll(bob);
    const id = call(alice, bob);
    // The 200 of another phone behind the same proxy: bob's own with another tag and Contact.
    network.tap = (bytes) => void captured.push(bytes);
    network.run(1_000);
    const ok = captured.map(text).find((message) => message.startsWith("SIP/2.0 200")) ?? "";
    const second = ok
      .replace(/(\r\nTo: .*;tag=)\w+/, "$1other")
      .replace("Contact: <sip:100@10.0.0.2", "Contact: <sip:9@10.0.0.9");
    const source = { transport: "UDP", address: "10.0.0.2", port: 5060 } as const;
    alice.agent.handleBytes(network.now, new TextEncoder().encode(second), source);
    network.run(400);
    expect(alice.sent.slice(-2)).toEqual(["ACK sip:9@10.0.0.9:5060 SIP/2.0", "BYE sip:9@10.0.0.9:5060 SIP/2.0"]);
    expect([alice.kinds(), alice.agent.counters.calls, id]).toEqual([["provisional", "answered"], 1, 1]);
  });
});

describe("giving up", () => {
  it("[RFC3261-9.1] CANCEL goes out after a provisional response, and the callee ends with 487", () => {
    const { network, alice, bob } = pair();
    bob.react = (event, now) => {
      if (event.kind === "incoming") bob.agent.progress(now, event.call);
    };
    const id = call(alice, bob);
    network.run(1_000);
    alice.agent.end(network.now, id, { headers: [["reason", 'SIP;cause=200;text="Call completed elsewhere"']] });
    network.run(60_000);
    expect(bob.told("ended").map((event) => event.cause)).toEqual([
      { ...local, by: "remote", text: "Call completed elsewhere", answered: false },
    ]);
    expect(alice.kinds()).toEqual(["provisional", "ended"]);
    expect(bob.sent.slice(1)).toEqual(["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]);
    expect([alice.agent.counters.transactions, bob.agent.counters.calls]).toEqual([0, 0]);
  });

  it("[RFC3261-9.1] before any response CANCEL waits", () => {
    const { network, alice, bob } = pair();
    const id = call(alice, bob);
    alice.agent.end(network.now, id);
    expect(alice.agent.takePackets().length).toBe(1);
    network.run(60_000);
    // The INVITE was taken off the network by the line above; its repetition made the callee answer 100, then CANCEL came.
    expect(alice.sent.map((line) => line.split(" ")[0])).toEqual(["INVITE", "CANCEL", "ACK"]);
    expect(bob.kinds()).toEqual(["incoming", "ended"]);
  });

  it("[RFC3261-15] an answer that crosses the CANCEL is acknowledged and ended with BYE", () => {
    const { network, alice, bob } = pair();
    answersAll(bob);
    const id = call(alice, bob);
    network.run(6);
    alice.agent.end(network.now, id);
    network.run(60_000);
    expect(alice.sent.map((line) => line.split(" ")[0])).toEqual(["INVITE", "CANCEL", "ACK", "BYE"].filter(Boolean));
    expect(alice.told("answered")).toEqual([]);
    expect(bob.kinds()).toEqual(["incoming", "acked", "ended"]);
  });

  it("[RFC3261-15] who answered waits for the ACK before it says BYE", () => {
    const { network, alice, bob } = pair();
    bob.react = (event, now) => {
      if (event.kind !== "incoming") return;
      bob.agent.answer(now, event.call, answerBody);
      bob.agent.end(now, event.call);
    };
    call(alice, bob);
    network.run(60_000);
    expect(bob.sent).toEqual(["SIP/2.0 200 OK", "BYE sip:200@10.0.0.1:5060 SIP/2.0"]);
    expect(alice.kinds()).toEqual(["answered", "ended"]);
  });
});

describe("a standing call", () => {
  it("[RFC3261-14] holds and resumes by re-INVITE, both ways", () => {
    const { network, alice, bob, id, there } = talking();
    const takes = (node: TestNode) => {
      node.react = (event, now) => {
        if (event.kind === "reoffered") node.agent.answerReoffer(now, event.call, answerBody);
      };
    };
    takes(alice);
    takes(bob);
    expect(alice.agent.reoffer(network.now, id, offer)).toBe(true);
    network.run(1_000);
    expect(bob.agent.reoffer(network.now, there, offer)).toBe(true);
    network.run(1_000);
    expect(alice.kinds()).toEqual(["provisional", "answered", "reoffer-answered", "reoffered", "acked"]);
    expect(bob.kinds()).toEqual(["incoming", "acked", "reoffered", "acked", "reoffer-answered"]);
  });

  it("[RFC3261-14.1] two re-INVITEs that cross get 491, and after the waits both are taken", () => {
    const { network, alice, bob, id, there } = talking(7);
    for (const node of [alice, bob]) {
      node.react = (event, now) => {
        if (event.kind === "reoffered") node.agent.answerReoffer(now, event.call, answerBody);
      };
    }
    alice.agent.reoffer(network.now, id, offer);
    bob.agent.reoffer(network.now, there, offer);
    network.run(10_000);
    expect(alice.sent.filter((line) => line.includes("491")).length).toBe(1);
    expect([alice.told("ended"), bob.told("ended")]).toEqual([[], []]);
    // The owner of the Call-ID waits longer, so the other's offer is through first.
    expect(bob.told("reoffer-answered").length).toBe(1);
    expect(alice.told("reoffer-answered").length).toBe(1);
  });

  it("[RFC3261-14.1] a refused re-INVITE leaves the call as it was", () => {
    const { network, alice, bob, id } = talking();
    bob.react = (event, now) => {
      if (event.kind === "reoffered") bob.agent.rejectReoffer(now, event.call, 488);
    };
    alice.agent.reoffer(network.now, id, offer);
    network.run(1_000);
    expect(alice.events.slice(2)).toEqual([{ kind: "reoffer-failed", call: id, status: 488 }]);
    expect(alice.agent.counters.calls).toBe(1);
  });

  it("brings keys sent by INFO", () => {
    const { network, alice, bob, id, there } = talking();
    alice.agent.sendInfoKeys(network.now, id, "5#");
    network.run(1_000);
    expect(bob.told("keys")).toEqual([
      { kind: "keys", call: there, keys: "5" },
      { kind: "keys", call: there, keys: "#" },
    ]);
  });

  it("sends the next key by INFO when the one before was answered, so that none overtakes another", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { network, alice, bob, id, there } = talking(seed);
      network.faults = { loss: 0.2, reordering: 0.3 };
      expect([alice.agent.takesInfo(id), bob.agent.takesInfo(there)]).toEqual([true, true]);
      alice.agent.sendInfoKeys(network.now, id, "12");
      alice.agent.sendInfoKeys(network.now, id, "3456");
      network.run(120_000);
      expect(
        bob
          .told("keys")
          .map(({ keys }) => keys)
          .join(""),
      ).toBe("123456");
    }
  });

  it("[RFC3261-12.2.1.2] asks whether a far end is still there: any answer but 481 and 408 says yes, silence says no", () => {
    const { network, alice, bob, id } = talking();
    expect(alice.agent.ask(network.now, id)).toBe(true);
    network.run(1_000);
    const reborn = network.add("10.0.0.2");
    alice.agent.ask(network.now, id);
    network.run(1_000);
    network.remove("10.0.0.2");
    alice.agent.ask(network.now, id);
    network.run(60_000);
    expect(alice.told("asked").map(({ alive }) => alive)).toEqual([true, false, false]);
    expect([bob.kinds().includes("ended"), reborn.events]).toEqual([false, []]);
    expect(alice.agent.counters.calls).toBe(1);
    expect(alice.agent.ask(network.now, 999)).toBe(false);
  });

  it("[RFC3261-12.2.2] survives the caller's server: a stored call is ended by BYE", () => {
    const { network, alice, bob, id } = talking();
    const stored = alice.agent.store(id) ?? "";
    const reborn = network.add("10.0.0.1");
    expect(reborn.agent.endStored(network.now, stored)).toEqual({ ok: true, value: null });
    network.run(1_000);
    expect(bob.told("ended").map((event) => event.cause.by)).toEqual(["remote"]);
    expect(reborn.sent).toEqual(["BYE sip:100@10.0.0.2:5060 SIP/2.0"]);
    expect(reborn.agent.endStored(network.now, "{}").ok).toBe(false);
  });

  it("[RFC3261-12.2.2] a request of a dialog nobody knows is 481", () => {
    const { network, alice, bob, id } = talking();
    network.add("10.0.0.2");
    alice.agent.end(network.now, id);
    network.run(1_000);
    expect(alice.agent.counters.calls).toBe(0);
    expect(bob.told("ended")).toEqual([]);
  });
});

describe("an unreliable network", () => {
  it("[RFC3261-17] with a quarter lost, doubled and reordered, every call is told ended once, and nothing stays", () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { network, alice, bob } = pair(seed, { loss: 0.25, duplication: 0.2, reordering: 0.3 });
      answersAll(bob);
      alice.react = (event, now) => {
        if (event.kind === "answered") alice.agent.end(now, event.call);
      };
      for (let count = 0; count < 5; count += 1) call(alice, bob);
      network.run(400_000);
      const ended = alice.told("ended").map((event) => event.call);
      expect({ seed, ended: [...ended].sort((a, b) => a - b) }).toEqual({ seed, ended: [1, 2, 3, 4, 5] });
      expect(bob.told("ended").length).toBe(bob.told("incoming").length);
      expect([alice.agent.counters.transactions, bob.agent.counters.transactions]).toEqual([0, 0]);
      expect([alice.agent.counters.calls, bob.agent.counters.calls]).toEqual([0, 0]);
    }
  });
});
