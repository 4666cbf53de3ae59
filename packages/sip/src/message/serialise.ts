import { utf8Encode } from "@centrala/kit";
import type { SipMessage } from "./message.ts";
import { wireName } from "./names.ts";

/** The message on the wire. Content-Length is always written and always right, whatever the headers say. */
export function serialise(message: SipMessage): Uint8Array {
  const head = utf8Encode(serialiseHead(message));
  if (message.body.length === 0) return head;
  const bytes = new Uint8Array(head.length + message.body.length);
  bytes.set(head);
  bytes.set(message.body, head.length);
  return bytes;
}

function serialiseHead(message: SipMessage): string {
  const { headers, body } = message;
  let text =
    message.kind === "request"
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  let lengthWritten = false;
  for (let index = 0; index < headers.size; index += 1) {
    const name = headers.nameAt(index);
    if (name === "content-length") {
      if (!lengthWritten) text += `Content-Length: ${body.length}\r\n`;
      lengthWritten = true;
    } else text += `${wireName(name)}: ${headers.valueAt(index)}\r\n`;
  }
  return lengthWritten ? `${text}\r\n` : `${text}Content-Length: ${body.length}\r\n\r\n`;
}
