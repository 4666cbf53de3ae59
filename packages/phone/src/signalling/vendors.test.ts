import { SeededRandom, utf8Decode, utf8Encode } from "@centrala/kit";
import { type AgentEvent, type Peer, SipAgent } from "@centrala/sip";
import { describe, expect, it } from "vitest";
import { callerOf } from "./identity.ts";
import { sdp } from "./raw-phone.ts";

/** What carriers, switches and telephones write about who calls and where to answer, each in its own way. */
type Sample = {
  readonly maker: string;
  readonly from: string;
  readonly contact: string;
  readonly via?: string;
  readonly more: readonly string[];
  readonly body?: readonly [type: string, text: string];
  /** Who calls, as a trusting line reads it. */
  readonly caller: string | null;
  /** The Request-URI and the first Route of our BYE. */
  readonly target: string;
  readonly route?: string;
};

const samples: readonly Sample[] = [
  {
    maker: "Cisco CUBE",
    from: '"Ivan Petrov" <sip:+359888123456@10.1.1.1>;tag=2A8B1F-1C9',
    contact: "<sip:+359888123456@10.1.1.1:5060>",
    more: [
      'Remote-Party-ID: "Ivan" <sip:+359888123456@10.1.1.1>;party=calling;screen=yes;privacy=off',
      "Cisco-Guid: 1122334455-0000065536-0000000011-0168495361",
      'Call-Info: <sip:10.1.1.1:5060>;method="NOTIFY;Event=telephone-event;Duration=2000"',
      "Date: Sat, 28 Nov 2026 10:00:00 EET",
      "Supported: 100rel,timer,resource-priority,replaces,sdp-anat",
      "Min-SE:  1800",
      "Session-Expires:  1800",
      "Content-Disposition: session;handling=required",
    ],
    caller: "+359888123456",
    target: "sip:+359888123456@10.1.1.1:5060",
  },
  {
    maker: "Avaya Session Manager",
    from: "sip:+359888123456@company.example;tag=80b9c1e4",
    contact: '"Ivan" <sip:+359888123456@10.1.1.1:5061;transport=tcp;gsid=8a1b-00>',
    via: "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK-AP;ft=88;received=10.1.1.1;rport=5060, SIP/2.0/TLS 10.1.1.9;branch=z9hG4bK2_80b9",
    more: [
      "Record-Route: <sip:8d0a@10.1.1.1;transport=tcp;lr>",
      "Record-Route: <sip:10.1.1.7:15060;transport=tcp;ibmsid=local.1;lr;>",
      'P-Location: SM;origlocname="Sofia";origsiglocname="Sofia";termlocname="Sofia"',
      "User-to-User: 00FA08000100;encoding=hex",
      "Alert-Info: <cid:internal@company.example>;avaya-cm-alert-type=internal",
      "Endpoint-View: <sip:4455@company.example;gr=1f2e>;local-tag=80b9;call-id=abc",
      "Max-Breadth: 60",
    ],
    caller: "+359888123456",
    target: "sip:+359888123456@10.1.1.1:5061;transport=tcp;gsid=8a1b-00",
    route: "<sip:8d0a@10.1.1.1;transport=tcp;lr>",
  },
  {
    maker: "Huawei IMS border",
    from: "<sip:+359888123456@ims.mnc001.mcc284.3gppnetwork.org;user=phone>;tag=sbc0903c1k9",
    contact: "<sip:10.1.1.1:5060;Hpt=8e72_16;CxtId=3;TRC=ffffffff-ffffffff;X-HwB2bUaCookie=21543>",
    more: [
      "P-Asserted-Identity: <sip:+359888123456@ims.mnc001.mcc284.3gppnetwork.org;user=phone>,<tel:+359888123456>",
      'P-Charging-Vector: icid-value="sbc.100-1-1.10.1.1.1-2026;";orig-ioi=ims;icid-generated-at=10.1.1.1',
      "P-Early-Media: supported",
      "Privacy: none",
      'P-Access-Network-Info: GSTN;operator-specific-GI="35988";network-provided',
    ],
    caller: "+359888123456",
    target: "sip:10.1.1.1:5060;Hpt=8e72_16;CxtId=3;TRC=ffffffff-ffffffff;X-HwB2bUaCookie=21543",
  },
  {
    maker: "Metaswitch Perimeta",
    from: '"+359888123456" <sip:+359888123456@10.1.1.1;user=phone;cpc=ordinary>;tag=10.1.1.1+1+4a50+7d1',
    contact: "<sip:b4f3a7e0@10.1.1.1:5060;transport=udp;Expires=;Route=%3Csip%3A10.9.9.9%3Blr%3E>",
    more: [
      "Allow: INVITE, ACK,, CANCEL, BYE,",
      'Diversion: "" <sip:+35924001001@10.1.1.1>;reason=unconditional;counter=1;',
    ],
    caller: "+359888123456",
    target: "sip:b4f3a7e0@10.1.1.1:5060;transport=udp;Expires=;Route=%3Csip%3A10.9.9.9%3Blr%3E",
  },
  {
    maker: "Genband, now Ribbon",
    from: "\"Sofia 'HQ'\" <sip:+359888123456@ribbon.example;user=phone>;tag=gK0c7d",
    contact: "<sip:+359888123456@10.1.1.1:5060;nt_end_pt=YM0+~KlAE=~iwO3rU7U_~~~9O;nt_server_host=10.1.1.1:5060>",
    more: [
      "x-nt-corr-id: 000001@10.1.1.1",
      "P-com.nt: a=b",
      "Supported: com.nortelnetworks.firewall,p-3rdpartycontrol,nosec",
    ],
    body: [
      "multipart/mixed ;boundary=unique-boundary-1",
      `--unique-boundary-1\r\nContent-Type: application/SDP ;charset=ISO-10646\r\n\r\n${sdp(40_000)}\r\n--unique-boundary-1\r\nContent-Type: application/x-nt-mcdn-frag-hex ;version=ssLinux-0;base=x2611\r\n\r\n0500ff00\r\n--unique-boundary-1--`,
    ],
    caller: "+359888123456",
    target: "sip:+359888123456@10.1.1.1:5060;nt_end_pt=YM0+~KlAE=~iwO3rU7U_~~~9O;nt_server_host=10.1.1.1:5060",
  },
  {
    maker: "Deutsche Telekom, diverted",
    from: '"anonymous" <sip:anonymous@anonymous.invalid>;tag=h7g4Esbg_1',
    contact: '<sip:sgc_c@10.1.1.1;transport=udp>;g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"',
    more: [
      "Privacy: id;history",
      "P-Asserted-Identity: <tel:+359888123456>",
      "History-Info: <sip:+4930123@tel.t-online.de;user=phone?Reason=SIP%3bcause%3d302&Privacy=history>;index=1,<sip:+4930124@tel.t-online.de>;index=1.1;mp=1",
      'Geolocation: <cid:pidf@x>;inserted-by="x"',
    ],
    caller: null,
    target: "sip:sgc_c@10.1.1.1;transport=udp",
  },
  {
    maker: "MTS, Russia",
    from: "<sip:79161234567@10.1.1.1;user=phone>;tag=3772;",
    contact: "<sip:79161234567@10.1.1.1:5060;user=phone>;",
    via: "SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bK3772;rport;",
    more: [
      "Remote-Party-ID: <sip:79161234567@10.1.1.1>;screen=yes;party=calling;privacy=off;",
      "Max-Forwards:",
      "Expires: 180,",
    ],
    caller: "79161234567",
    target: "sip:79161234567@10.1.1.1:5060;user=phone",
  },
  {
    maker: "Vivacom, number withheld",
    from: "<sip:@10.1.1.1>;tag=vt-1",
    contact: "<sip:10.1.1.1:5060;transport=udp;thinfo=VG8UYHSDsWAZZwBCEaSdGA=>",
    more: ["P-Asserted-Identity: <sip:@10.1.1.1>"],
    caller: null,
    target: "sip:10.1.1.1:5060;transport=udp;thinfo=VG8UYHSDsWAZZwBCEaSdGA=",
  },
  {
    maker: "Yate",
    from: "<sip:unknown@10.1.1.1>;tag=1478932",
    contact: "<sip:unknown@10.1.1.1:5060>",
    more: ["P-Asserted-Identity: +359888123456 <sip:+359888123456@10.1.1.1>", "User-Agent: YATE/6.4.0", "X-Oddity"],
    caller: "+359888123456",
    target: "sip:unknown@10.1.1.1:5060",
  },
  {
    maker: "FRITZ!Box",
    from: '"Ivan\\" <sip:620@fritz.box>;tag=A7F30B94',
    contact: "<sip:620@10.1.1.1;uniq=58C44FCF4DE3E73C6F58A2D58C6FE>",
    more: [
      "Expires: 120",
      "Allow-Events: telephone-event,refer,reg",
      "P-Early-Media: supported",
      "Call-Info: <http://fritz.box/a?b=c,d>;purpose=icon",
    ],
    caller: "620",
    target: "sip:620@10.1.1.1;uniq=58C44FCF4DE3E73C6F58A2D58C6FE",
  },
  {
    maker: "Grandstream",
    from: '"Иван Петров" <sip:201@10.1.1.1>;tag=1593210',
    contact: '<sip:201@10.1.1.1:5062>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000B82AABBCC>"',
    more: [
      "X-Grandstream-PBX: true",
      "P-Access-Network-Info: IEEE-EUI-48; eui-48-addr=00-0B-82-AA-BB-CC",
      "P-Emergency-Info:",
      "Privacy: none",
    ],
    caller: "201",
    target: "sip:201@10.1.1.1:5062",
  },
  {
    maker: "Microsoft Teams",
    from: "Ivan Petrov<sip:+359888123456@sip.pstnhub.microsoft.com:5061;user=phone>;tag=1c2",
    contact: "<sip:api-du-a-euno.pstnhub.microsoft.com:443;x-i=a1b2;x-c=c3d4/s/1/e5f6;x-ss=v1=>",
    more: [
      "Record-Route: <sip:10.1.1.1:5061;transport=tls;lr>",
      'X-MS-SBC-DIAGNOSTICS: a=b;"',
      "P-Asserted-Identity: <tel:+359888123456>,<sip:ivan@company.example>",
      "Accept-Language:",
    ],
    caller: "+359888123456",
    target: "sip:api-du-a-euno.pstnhub.microsoft.com:443;x-i=a1b2;x-c=c3d4/s/1/e5f6;x-ss=v1=",
    route: "<sip:10.1.1.1:5061;transport=tls;lr>",
  },
  {
    maker: "an ISDN gateway behind a helper of its router",
    from: "024001001 <sip:024001001@10.1.1.1:>;tag=gw;ToS=184;isup-oli=0;;",
    contact: "sip:gw@10.1.1.1:5060",
    more: ['Organization: "Firma \\"X\\" OOD\\"', "Warning: 399 x", "Timestamp: x", "Content-Type : application/sdp"],
    body: ["application/sdp ", `${sdp(40_000)}\0`],
    caller: "024001001",
    target: "sip:gw@10.1.1.1:5060",
  },
  {
    maker: "Cisco CUBE with the signals of its trunk",
    from: "<sip:+359888123456@10.1.1.1>;tag=5F2C-18A",
    contact: '<sip:+359888123456@10.1.1.1:5060>;+sip.instance="<urn:uuid:0-0>"',
    more: ["MIME-Version: 1.0", "Cisco-Guid: 0004294967-0000065536-0000000001-3232235777", "Timestamp: 1795858800"],
    body: [
      "multipart/mixed;boundary=uniqueBoundary",
      `--uniqueBoundary\r\nContent-Type: application/sdp\r\nContent-Disposition: session;handling=required\r\n\r\n${sdp(40_000)}\r\n--uniqueBoundary\r\nContent-Type: application/gtd\r\nContent-Disposition: signal;handling=optional\r\n\r\nIAM,\r\nPRN,isdn*,,NI***,\r\n\r\n--uniqueBoundary--\r\n`,
    ],
    caller: "+359888123456",
    target: "sip:+359888123456@10.1.1.1:5060",
  },
  {
    maker: "AudioCodes before Teams, encryption by choice",
    from: '"Ivan Petrov"<sip:+359888123456@sbc.company.example;user=phone>;tag=1c1487239461',
    contact: "<sip:+359888123456@10.1.1.1:5068;transport=tcp;fbkt>",
    more: [
      "Record-Route: <sip:10.1.1.1:5068;transport=tcp;lr;fbkt;tgrp=1>",
      'P-Asserted-Identity: "Ivan Petrov" <sip:+359888123456@sbc.company.example;user=phone;context=a,b>',
      "X-MS-SBC: AudioCodes/VE SBC/7.40A",
      "Referred-By: <sip:sbc.company.example;x-i=a=b>",
      "X-AudioCodes-Action:",
    ],
    body: [
      "application/sdp",
      sdp(40_000).replace(
        "a=rtpmap:101",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^31\r\na=rtcp:40001 IN IP4 10.1.1.1\r\na=rtpmap:101",
      ),
    ],
    caller: "+359888123456",
    target: "sip:+359888123456@10.1.1.1:5068;transport=tcp;fbkt",
    route: "<sip:10.1.1.1:5068;transport=tcp;lr;fbkt;tgrp=1>",
  },
  {
    maker: "an IMS core that calls by tel: and would like preconditions",
    from: "<tel:+359888123456;cpc=ordinary>;tag=PSP-kuGw",
    contact:
      '<sip:10.1.1.1:5060;zone=1;mid="a/b";did=%3c%3e>;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"',
    via: "SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKPSP+1,SIP/2.0/TCP [2a00:1::5]:5060;branch=z9hG4bK+x;received=2a00:1::5,SIP/2.0/UDP pcscf.ims.example;branch=z9hG4bK~y",
    more: [
      "P-Asserted-Identity: <tel:+359888123456>,<sip:+359888123456@ims.example;user=phone>",
      'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp="2840500a1b2c3d4";network-provided',
      "P-Visited-Network-ID: ims.mnc005.mcc284.3gppnetwork.org",
      "P-Charging-Function-Addresses: ccf=10.9.9.9;ecf=10.9.9.8",
      "P-Called-Party-ID: <tel:+35924001002>",
      'Feature-Caps: *;+g.3gpp.srvcc;+g.3gpp.ics="server"',
      'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";explicit',
      "Supported: 100rel,precondition,timer,histinfo,199",
      "Session-ID: 0ac85c1e8e7d1a2b3c4d5e6f70819203;remote=00000000000000000000000000000000",
      "Resource-Priority: wps.3",
    ],
    body: [
      "application/sdp",
      `${sdp(40_000)}b=RS:0\r\na=curr:qos local none\r\na=curr:qos remote none\r\na=des:qos optional local sendrecv\r\na=des:qos optional remote sendrecv\r\n`,
    ],
    caller: "+359888123456",
    target: 'sip:10.1.1.1:5060;zone=1;mid="a/b";did=%3c%3e',
  },
  {
    maker: "Twilio",
    from: "<sip:+359888123456@company.pstn.twilio.com>;tag=31415926_6772d868_x",
    contact: "<sip:+359888123456@10.1.1.1:5060;transport=udp>",
    more: [
      "Record-Route: <sip:10.1.1.1;lr;ftag=31415926_6772d868_x;twnat=sip:10.2.2.2:10214>",
      "X-Twilio-AccountSid: AC00000000000000000000000000000000",
      "Diversion: <sip:+35924001001@public-vip.us1.twilio.com>;reason=unconditional",
      `Identity: ${"eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiJ9.".repeat(20)};info=<https://cert.example/p.cer>;alg=ES256;ppt="shaken"`,
      "User-Agent: Twilio Gateway",
    ],
    caller: "+359888123456",
    target: "sip:+359888123456@10.1.1.1:5060;transport=udp",
    route: "<sip:10.1.1.1;lr;ftag=31415926_6772d868_x;twnat=sip:10.2.2.2:10214>",
  },
  {
    maker: "Snom, encrypted sound first",
    from: '"Desk 1" <sip:201@10.1.1.1>;tag=1r4xw0u9',
    contact:
      '<sip:201@10.1.1.1:2048;line=9k7q>;reg-id=1;q=1.0;+sip.instance="<urn:uuid:0>";audio;mobility="fixed";duplex="full";methods="INVITE,ACK,BYE"',
    more: ['P-Key-Flags: keys="3"', "Supported: timer, 100rel, replaces, from-change", "X-Serialnumber: 000413AABBCC"],
    body: [
      "application/sdp",
      sdp(40_000).replace(
        "m=audio",
        "m=audio 40002 RTP/SAVP 8 101\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\nm=audio",
      ),
    ],
    caller: "201",
    target: "sip:201@10.1.1.1:2048;line=9k7q",
  },
];

const peer: Peer = { transport: "UDP", address: "10.1.1.1", port: 5060 };

function invite({ from, contact, via, more, body }: Sample): string {
  const [type, text] = body ?? ["application/sdp", sdp(40_000)];
  const head = [
    "INVITE sip:+35924001002@10.0.0.1:5060;user=phone SIP/2.0",
    `Via: ${via ?? "SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKv1;rport"}`,
    `From: ${from}`,
    "To: <sip:+35924001002@10.0.0.1;user=phone>",
    "Call-ID: vendor-1@10.1.1.1",
    "CSeq: 101 INVITE",
    `Contact: ${contact}`,
    `Content-Type: ${type}`,
    ...more,
    `Content-Length: ${utf8Encode(text).length}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${text}`;
}

describe("the handwriting of carriers and telephones", () => {
  it.each(samples)("$maker: the call comes in, its caller is known, and it ends where it should", (sample) => {
    const agent = new SipAgent({
      entropy: new SeededRandom(7),
      userAgent: "test",
      addressFor: () => ({ host: "10.0.0.1", port: 5060 }),
      admit: () => ({ kind: "accept", principal: "t1" }),
    });
    agent.handleBytes(0, utf8Encode(invite(sample)), peer);
    agent.poll(0);
    const [incoming] = agent.takeEvents() as Extract<AgentEvent, { kind: "incoming" }>[];
    expect(agent.takePackets().map(({ bytes }) => utf8Decode(bytes).split("\r\n")[0])).toEqual([]);
    if (incoming?.kind !== "incoming") throw new Error("no call came in");
    expect(utf8Decode(incoming.body)).toContain("m=audio 40000 RTP/AVP 8 101");
    const { caller, asserted } = callerOf(incoming.request, true);
    expect(asserted ?? caller).toBe(sample.caller);
    agent.answer(0, incoming.call, utf8Encode("v=0"));
    const ok = utf8Decode(agent.takePackets()[0]?.bytes ?? new Uint8Array(0));
    expect(ok.split("\r\n")[0]).toBe("SIP/2.0 200 OK");
    const toTag = /\r\nTo: [^\r]*;tag=([^;\r]+)/.exec(ok)?.[1] ?? "";
    agent.handleBytes(0, utf8Encode(acknowledgement(sample, toTag)), peer);
    agent.end(0, incoming.call);
    const lines = utf8Decode(agent.takePackets()[0]?.bytes ?? new Uint8Array(0)).split("\r\n");
    expect(lines[0]).toBe(`BYE ${sample.target} SIP/2.0`);
    expect(lines.find((line) => line.startsWith("Route:"))).toBe(sample.route && `Route: ${sample.route}`);
    // Their mistakes are not ours: what goes out has no empty parameters.
    expect(lines.find((line) => line.startsWith("To:"))).not.toMatch(/;\s*(?:;|$)/);
  });
});

function acknowledgement({ from }: Sample, toTag: string): string {
  const head = [
    "ACK sip:100@10.0.0.1:5060 SIP/2.0",
    "Via: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKv2;rport",
    `From: ${from}`,
    `To: <sip:+35924001002@10.0.0.1;user=phone>;tag=${toTag};`,
    "Call-ID: vendor-1@10.1.1.1",
    "CSeq: 101 ACK",
    "Content-Length: 0",
  ];
  return `${head.join("\r\n")}\r\n\r\n`;
}
