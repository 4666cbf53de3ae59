// A process of its own with browsers' tabs: told by the benchmark over the process's channel which to open, and asked what came.
export type TabsOrder =
  | {
      readonly kind: "open";
      readonly url: string;
      readonly desks: readonly string[];
      readonly floors: readonly string[];
    }
  | { readonly kind: "figures" };
/** Since the last time it was asked: messages and bytes by kind. */
export type TabsFigures = Readonly<Record<string, { readonly messages: number; readonly bytes: number }>>;

let counted: Record<string, { messages: number; bytes: number }> = {};

function count(text: string): void {
  const kind = /^\{"kind":"(\w+)"/.exec(text)?.[1] ?? "other";
  counted[kind] ??= { messages: 0, bytes: 0 };
  counted[kind].messages += 1;
  counted[kind].bytes += Buffer.byteLength(text);
}

function open(url: string, cookie: string, floor: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { headers: { origin: url, cookie } } as unknown as string[];
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/live`, options);
    socket.onopen = () =>
      socket.send(JSON.stringify({ kind: "hello", desk: !floor, floor, tabId: "bench", resume: null }));
    socket.onmessage = ({ data }) => {
      const text = String(data);
      count(text);
      if (text.startsWith('{"kind":"ping"')) socket.send('{"kind":"pong"}');
      if (text.startsWith(floor ? '{"kind":"floor"' : '{"kind":"desk"')) resolve();
    };
    socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
  });
}

async function obey(order: TabsOrder): Promise<TabsFigures> {
  if (order.kind === "open") {
    for (const cookie of order.desks) await open(order.url, cookie, false);
    for (const cookie of order.floors) await open(order.url, cookie, true);
  }
  const figures = counted;
  counted = {};
  return figures;
}

process.on("message", (order: TabsOrder) => {
  obey(order).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
