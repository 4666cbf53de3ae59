import type { CentreConfig, CoreConfig } from "@centrala/contract";

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
    numbers: config.number.map(({ id, trunkId, clientId, scenarioId }) => ({ id, trunkId, clientId, scenarioId })),
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
  };
}
