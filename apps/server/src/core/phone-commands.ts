import { fileURLToPath } from "node:url";
import type { Audible, MediaItem, TelephonyCommand } from "@centrala/contract";
import type { PhoneCommand } from "@centrala/phone";
import { isSoundName, musicFile, musicNames, soundFile } from "@centrala/phone/sounds";
import { centreScope } from "@centrala/store";
import { globalId, type LegBook } from "./leg-book.ts";
import type { PhoneOfCentresOptions } from "./phone-of-centres.ts";
import type { SensitiveKeys } from "./sensitive-keys.ts";
import type { ShownCaller, ShownCallers } from "./shown-callers.ts";

type Shown = Pick<ShownCaller, "number" | "name">;
type Options = Pick<PhoneOfCentresOptions, "store" | "places" | "centres">;

/** Turns what a centre's core asks for into what telephony can do: ids get their centre, numbers, files and names are looked up. */
export class PhoneCommands {
  readonly #options: Options;
  readonly #book: LegBook;
  readonly #sensitive: SensitiveKeys;
  readonly #callers: ShownCallers;

  constructor(options: Options, book: LegBook, sensitive: SensitiveKeys, callers: ShownCallers) {
    this.#options = options;
    this.#callers = callers;
    this.#book = book;
    this.#sensitive = sensitive;
  }

  /** The command with everything looked up; a promise where the database is asked. */
  resolve(centreId: string, command: TelephonyCommand): PhoneCommand | Promise<PhoneCommand> {
    const leg = (legId: string): string => this.#book.global(centreId, legId);
    const id = (local: string): string => globalId(centreId, local);
    switch (command.kind) {
      case "ringLeg":
      case "progressLeg":
      case "answerLeg":
      case "rejectLeg":
      case "dropLeg":
      case "sendKeys":
      case "muteLeg":
      case "reportTransfer":
        return { ...command, legId: leg(command.legId) };
      case "dialTrunk":
        this.#book.contact(leg(command.legId), command.contactId);
        return this.#dialTrunk(centreId, command);
      case "dialDevice":
        this.#book.contact(leg(command.legId), command.contactId);
        return this.#dialDevice(centreId, command);
      case "setRoom":
        return {
          kind: "setRoom",
          roomId: id(command.roomId),
          hears: Object.fromEntries(
            Object.entries(command.hears).map(([hearer, heard]) => [leg(hearer), heard.map(leg)]),
          ),
        };
      case "closeRoom":
        return { kind: "closeRoom", roomId: id(command.roomId) };
      case "play":
        return {
          kind: "play",
          playId: id(command.playId),
          legId: leg(command.legId),
          loop: command.loop,
          items: command.items.map((item) => this.#audible(centreId, item)),
        };
      case "stopPlay":
        return { kind: "stopPlay", playId: id(command.playId) };
      case "collectKeys": {
        if (command.sensitive) this.#sensitive.expect(id(command.collectId));
        return {
          ...command,
          collectId: id(command.collectId),
          legId: leg(command.legId),
          afterPlayId: command.afterPlayId === null ? null : id(command.afterPlayId),
        };
      }
      case "stopCollect":
        return { kind: "stopCollect", collectId: id(command.collectId) };
      case "record":
        return {
          kind: "record",
          recordingId: id(command.recordingId),
          customerLegId: leg(command.customerLegId),
          operatorLegIds: command.operatorLegIds.map(leg),
          path: this.#options.places.recording(centreId, command.recordingId),
          ...(command.longestMs !== undefined && { longestMs: command.longestMs }),
        };
      case "pauseRecording":
      case "stopRecording":
        return { ...command, recordingId: id(command.recordingId) };
      default:
        return unreachable(command);
    }
  }

  #audible(centreId: string, item: Audible): MediaItem {
    switch (item.kind) {
      case "sound":
        return isSoundName(item.name)
          ? { kind: "file", path: fileURLToPath(soundFile(item.language, item.name)) }
          : { kind: "silence", durationMs: 200 };
      case "prompt":
        return { kind: "file", path: this.#options.places.prompt(centreId, item.promptId) };
      case "music": {
        const name = musicNames.find((known) => known === item.name) ?? "calm";
        return { kind: "file", path: fileURLToPath(musicFile(name)) };
      }
      case "tone":
      case "silence":
        return item;
      default:
        return unreachable(item);
    }
  }

  async #dialTrunk(centreId: string, command: Extract<TelephonyCommand, { kind: "dialTrunk" }>): Promise<PhoneCommand> {
    const { addressId, callerNumberId, contactId: _contactId, onBehalfOf, ...rest } = command;
    const config = this.#options.centres.get(centreId)?.config.current;
    const address = await this.#options.store.addresses.get(centreId, addressId);
    if (config === undefined || address === undefined) throw new Error("the number to dial is not known");
    const caller = config.number.find((number) => number.id === callerNumberId);
    return {
      ...rest,
      legId: this.#book.global(centreId, command.legId),
      trunkIds: command.trunkIds.map((trunkId) => globalId(centreId, trunkId)),
      // Emergency and short numbers go out as they were dialled, whole ones in international form.
      number: command.emergency ? address.raw : (address.e164 ?? address.raw),
      callerId: caller?.number ?? null,
      ...(await this.#onBehalfOf(centreId, onBehalfOf)),
    };
  }

  async #onBehalfOf(
    centreId: string,
    addressId: string | null | undefined,
  ): Promise<{ readonly onBehalfOf?: string | null }> {
    if (addressId === undefined) return {};
    const address = addressId === null ? undefined : await this.#options.store.addresses.get(centreId, addressId);
    return { onBehalfOf: address?.e164 ?? address?.raw ?? null };
  }

  #dialDevice(
    centreId: string,
    command: Extract<TelephonyCommand, { kind: "dialDevice" }>,
  ): PhoneCommand | Promise<PhoneCommand> {
    const { contactId, ...rest } = command;
    const dial = ({ number, name }: Shown): PhoneCommand => ({
      ...rest,
      legId: this.#book.global(centreId, command.legId),
      deviceId: globalId(centreId, command.deviceId),
      caller: { number, name },
    });
    const contact = this.#options.centres.get(centreId)?.core.state.contacts.get(contactId);
    const known = this.#callers.get(centreId, contactId, contact?.customerId ?? null);
    return known === undefined ? this.#readCaller(centreId, contactId).then(dial) : dial(known);
  }

  async #readCaller(centreId: string, contactId: string): Promise<Shown> {
    const contact = await this.#options.store.contacts.get(centreScope(centreId), contactId);
    return {
      number: contact?.address?.e164 ?? contact?.address?.raw ?? "anonymous",
      name: contact?.customerName ?? "",
    };
  }
}

function unreachable(value: never): never {
  throw new Error(`unexpected command ${JSON.stringify(value)}`);
}
