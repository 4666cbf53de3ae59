// How long a click takes from the browser to its answer: going available and away again, by operators in turn, over the
// live connection and, beside it, as a request. Each is decided and stored before it is answered.
import { quantile, report, rounded } from "./support/figures.ts";
import { pause, Rig } from "./support/rig.ts";
import { sessionsOf } from "./support/sessions.ts";

const operators = 20;
const clicks = Number(process.env["BENCH_CLICKS"] ?? 1_000);
const everyMs = 10;

const rig = await Rig.start({ operators });
try {
  const { items } = await rig.centre.api<{ items: readonly { id: string; login: string }[] }>(
    "GET",
    "/api/config/user",
  );
  const people = items.filter(({ login }) => /^op\d+$/.test(login)).map(({ id }) => id);
  const cookies = await sessionsOf(rig.centre, people);
  const desks = await Promise.all(cookies.map(openDesk));
  const live = await measured(desks, (desk, to) => desk.click(to));
  const http = await measured(desks, (desk, to) => desk.request(to));
  const row = (way: string, ms: readonly number[]) => ({
    way,
    clicks: ms.length,
    "p50 ms": rounded(quantile(ms, 0.5)),
    "p90 ms": rounded(quantile(ms, 0.9)),
    "p99 ms": rounded(quantile(ms, 0.99)),
  });
  report("click", [row("live connection", live), row("request", http)]);
  for (const desk of desks) desk.close();
} finally {
  await rig.close();
}

type Desk = Awaited<ReturnType<typeof openDesk>>;

/** Each person changes their state with every click of theirs; the first round warms up and does not count. */
async function measured(
  desks: readonly Desk[],
  click: (desk: Desk, to: string) => Promise<void>,
): Promise<readonly number[]> {
  const took: number[] = [];
  for (let count = 0; count < clicks + operators; count += 1) {
    const desk = desks[count % desks.length];
    if (desk === undefined) throw new Error("no desk is open");
    const before = performance.now();
    await click(desk, Math.floor(count / operators) % 2 === 0 ? "offline" : "available");
    if (count >= operators) took.push(performance.now() - before);
    await pause(everyMs);
  }
  return took;
}

async function openDesk(cookie: string) {
  const { url } = rig.centre;
  // Node's own takes headers, which the type of browsers does not know.
  const options = { headers: { origin: url, cookie } } as unknown as string[];
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/live`, options);
  const waiting = new Map<string, (ok: boolean) => void>();
  let asked = 0;
  const said = (message: object): void => socket.send(JSON.stringify(message));
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error("the live connection was refused"));
    socket.onopen = () => said({ kind: "hello", desk: true, floor: false, tabId: "bench", resume: null });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as { kind: string; id?: string; outcome?: { ok: boolean } };
      if (message.kind === "welcome") resolve();
      if (message.kind === "ping") said({ kind: "pong" });
      if (message.kind === "answered") waiting.get(message.id ?? "")?.(message.outcome?.ok === true);
    };
  });
  return {
    click: async (to: string): Promise<void> => {
      const id = `click-${(asked += 1)}`;
      const ok = await new Promise<boolean>((resolve) => {
        waiting.set(id, resolve);
        said({ kind: "command", id, name: "deskState", body: { to } });
      });
      waiting.delete(id);
      if (!ok) throw new Error("a click was refused");
    },
    request: async (to: string): Promise<void> => {
      const headers = { cookie, origin: url, "content-type": "application/json" };
      const answer = await fetch(`${url}/api/desk/state`, { method: "POST", headers, body: JSON.stringify({ to }) });
      await answer.text();
      if (!answer.ok) throw new Error(`a request was refused: ${answer.status}`);
    },
    close: () => socket.close(),
  };
}
