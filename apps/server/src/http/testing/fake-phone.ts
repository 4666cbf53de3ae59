import type { DeviceAccount, Effect, SipPause, SipRefusal, TelephonyEvent, TrunkState } from "@centrala/contract";
import { ok, type Result } from "@centrala/kit";
import type { TraceInput } from "@centrala/store";
import type { HeadsetEvent, Phone } from "../../app.ts";

/** A telephone without wires: keeps what it was told, and says what a test makes it say. */
export class FakePhone implements Phone {
  readonly commands: Effect[] = [];
  readonly attached: string[] = [];
  readonly detached: string[] = [];
  soundFlows = true;
  readonly watched: { readonly legIds: readonly string[]; readonly on: boolean }[] = [];
  readonly echoes: string[] = [];
  trunks: TrunkState[] = [];
  weak = new Set<string>();
  refused: SipRefusal[] = [];
  paused: SipPause[] = [];
  live: TraceInput[] = [];
  readonly #headset = new Set<(event: HeadsetEvent) => void>();
  readonly #trunk = new Set<(centreId: string, state: TrunkState) => void>();
  #answer: () => Result<{ readonly sdpAnswer: string }> = () => ok({ sdpAnswer: "v=0" });

  perform(_centreId: string, command: Effect): void {
    this.commands.push(command);
  }

  /** Tests submit telephony's events to the core themselves. */
  onEvent(_centreId: string, _listener: (event: TelephonyEvent) => void): () => void {
    return () => undefined;
  }

  /** Sound flows at once over what was answered, unless a test says otherwise. */
  async attachHeadset(_centreId: string, legId: string): Promise<Result<{ readonly sdpAnswer: string }>> {
    const answered = this.#answer();
    this.attached.push(legId);
    if (answered.ok && this.soundFlows) setImmediate(() => this.sayHeadset({ kind: "up", legId }));
    return answered;
  }

  answerHeadsetsWith(answer: () => Result<{ readonly sdpAnswer: string }>): void {
    this.#answer = answer;
  }

  detachHeadset(_centreId: string, legId: string): void {
    this.detached.push(legId);
  }

  onHeadset(listener: (event: HeadsetEvent) => void): void {
    this.#headset.add(listener);
  }

  sayHeadset(event: HeadsetEvent): void {
    for (const listener of this.#headset) listener(event);
  }

  watchLevels(_centreId: string, legIds: readonly string[], on: boolean): void {
    this.watched.push({ legIds, on });
  }

  echoTest(_centreId: string, legId: string): void {
    this.echoes.push(legId);
  }

  trunkStates(): readonly TrunkState[] {
    return this.trunks;
  }

  onTrunkState(listener: (centreId: string, state: TrunkState) => void): void {
    this.#trunk.add(listener);
  }

  sayTrunk(centreId: string, state: TrunkState): void {
    this.trunks = [...this.trunks.filter((trunk) => trunk.trunkId !== state.trunkId), state];
    for (const listener of this.#trunk) listener(centreId, state);
  }

  deviceReachable(): boolean {
    return false;
  }

  weakDevices(): ReadonlySet<string> {
    return this.weak;
  }

  refusals(): readonly SipRefusal[] {
    return this.refused;
  }

  pauses(): readonly SipPause[] {
    return this.paused;
  }

  async liveMessages(): Promise<readonly TraceInput[]> {
    return this.live;
  }

  deviceAccount(deviceId: string, username: string): DeviceAccount {
    return { deviceId, username, ha1Md5: "", ha1Sha256: "" };
  }
}
