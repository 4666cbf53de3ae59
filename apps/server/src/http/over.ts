import type { FastifyReply } from "fastify";

/**
 * Calls back once when nothing is done for this request any more: answered, broken off, or broken off before anybody could
 * listen for it. Hooks of the framework say nothing of the last.
 */
export function whenOver({ raw }: FastifyReply, then: () => void): void {
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    then();
  };
  raw.once("finish", end).once("close", end);
  if (raw.closed || raw.destroyed) end();
}
