import type { CentreConfig, CoreConfig, OutgoingLimits, OutgoingRule, OutgoingRuleLimits } from "@centrala/contract";
import { networkOf } from "../outgoing/ranges.ts";

/** What the core decides with: the configuration without names, logins, secrets and texts. */
export function toCoreConfig(config: CentreConfig): CoreConfig {
  const { centre } = config;
  return {
    version: config.version,
    country: centre.country,
    language: centre.language,
    recordCalls: centre.recordCalls,
    recordingNotice: centre.recordingNotice,
    clients: config.client.map(({ id, language, callerNumberId }) => ({
      id,
      language: language ?? centre.language,
      callerNumberId,
    })),
    trunks: config.trunk.filter((trunk) => trunk.enabled).map(({ id, priority }) => ({ id, priority })),
    numbers: config.number.map(({ id, trunkId, clientId, scenarioId, recording }) => ({
      id,
      trunkId,
      clientId,
      scenarioId,
      recording,
    })),
    operators: config.user
      .filter((user) => user.active && user.roles.includes("operator"))
      .map((user) => ({
        id: user.id,
        extension: user.extension,
        skills: user.skills,
        deviceIds: config.device.filter((device) => device.userId === user.id).map((device) => device.id),
      })),
    queues: config.queue.map(({ name: _name, dispositions: _dispositions, ...queue }) => queue),
    hours: config.hours.map(({ name: _name, ...hours }) => hours),
    scenarios: config.scenario.map(({ name: _name, ...scenario }) => scenario),
    breakReasonIds: config.breakReason.map((reason) => reason.id),
    outgoing: outgoingRule(config),
  };
}

/** The countries that the centre itself, its clients and its lines stand in are called without having been chosen. */
export function outgoingRule({ centre, client, trunk }: CentreConfig): OutgoingRule {
  const { outgoing } = centre;
  const own = [centre, ...client, ...trunk].flatMap(({ country }) => (country === null ? [] : [country]));
  return {
    timeZone: centre.timeZone,
    countries: [...new Set([...own, ...outgoing.countries].flatMap(networkOf))],
    classes: outgoing.classes,
    callMsMax: outgoing.callMinutesMax * 60_000,
    alarmPercent: outgoing.alarmPercent,
    offDuty: outgoing.offDuty,
    limits: {
      person: ruleLimits(outgoing.person),
      device: ruleLimits(outgoing.device),
      trunk: ruleLimits(outgoing.trunk),
      centre: ruleLimits(outgoing.centre),
    },
  };
}

function ruleLimits({ callsAtOnce, callsADay, minutesADay, spendingADay }: OutgoingLimits): OutgoingRuleLimits {
  return {
    atOnce: callsAtOnce,
    calls: callsADay,
    ms: minutesADay === null ? null : minutesADay * 60_000,
    spent: spendingADay === null ? null : Math.round(spendingADay * 1_000_000),
  };
}
