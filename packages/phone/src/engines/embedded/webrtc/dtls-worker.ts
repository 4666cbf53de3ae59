import { parentPort, workerData } from "node:worker_threads";
import { assertNever, required } from "@centrala/kit";
import type { DtlsWorkerData, FromDtlsWorker, ToDtlsWorker } from "./dtls-messages.ts";
import { certificateFingerprint, type DtlsCertificate, DtlsSession, newDtlsCertificate } from "./dtls-session.ts";

// A handshake takes 13 to 30 ms of processor time: here it delays nobody's audio.
const port = required(parentPort, "the port to the media worker");
const data = workerData as DtlsWorkerData;
const sessions = new Map<number, DtlsSession>();

const certificate = data.certificate ?? (await newDtlsCertificate());
const fingerprint = certificateFingerprint(certificate);
if (fingerprint.ok) {
  port.on("message", (message: ToDtlsWorker) => handle(message, certificate));
  tell({ kind: "ready", fingerprint: fingerprint.value, certificate });
} else {
  tell({ kind: "unusable", message: fingerprint.message });
}

function handle(message: ToDtlsWorker, own: DtlsCertificate): void {
  switch (message.kind) {
    case "open":
      sessions.set(message.session, openSession(message.session, message.fingerprint, own));
      return;
    case "datagram":
      sessions.get(message.session)?.receive(Buffer.from(message.bytes.buffer));
      return;
    case "close":
      sessions.get(message.session)?.close();
      sessions.delete(message.session);
      return;
    default:
      assertNever(message);
  }
}

function openSession(session: number, peerFingerprint: string, own: DtlsCertificate): DtlsSession {
  return new DtlsSession({
    certificate: own,
    fingerprint: peerFingerprint,
    send: (datagram) => tell({ kind: "send", session, bytes: new Uint8Array(datagram) }),
    outcome: (outcome) => tell({ kind: "outcome", session, outcome }),
  });
}

function tell(message: FromDtlsWorker): void {
  port.postMessage(message);
}
