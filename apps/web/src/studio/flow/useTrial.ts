import type { Scenario } from "@centrala/contract";
import { hoursOpen, moveTrial, startTrial, type Trial, type TrialGiven, type TrialMove } from "@centrala/domain";
import { useMemo, useState } from "react";
import { useEntities } from "../../api/queries.ts";
import { useSession } from "../../api/session.tsx";
import { serverNow } from "../../live/store.ts";

/** More moves than this are nobody's call: then one starts again. */
export const movesMax = 200;

/** What the person who tries says about the caller; hours that are not named are as they are now. */
export type TrialSettings = {
  readonly caller: string;
  readonly called: string | null;
  readonly open: Readonly<Record<string, boolean>>;
};

/**
 * A trial of the flow as it stands in the editor. Only the moves are kept, so that a change of the flow or of what is given
 * counts at once for the same keys, and the last move can be taken back.
 */
export function useTrial(flow: Scenario) {
  const [moves, setMoves] = useState<readonly TrialMove[]>([]);
  const [settings, setSettings] = useState<TrialSettings>({ caller: "", called: null, open: {} });
  const given = useGiven(settings);
  const trial = useMemo(() => playTrial(flow, given, moves), [flow, given, moves]);
  return {
    trial,
    settings,
    hoursNow: given.open,
    set: (change: Partial<TrialSettings>) => setSettings((old) => ({ ...old, ...change })),
    move: (move: TrialMove) => setMoves((old) => (old.length >= movesMax ? old : [...old, move])),
    back: () => setMoves((old) => old.slice(0, -1)),
    restart: () => setMoves([]),
    moves: moves.length,
  };
}
export type TrialHandle = ReturnType<typeof useTrial>;

export function playTrial(flow: Scenario, given: TrialGiven, moves: readonly TrialMove[]): Trial {
  return moves.reduce(moveTrial, startTrial(flow, given));
}

function useGiven({ caller, called, open }: TrialSettings): TrialGiven {
  const { recordCalls, recordingNotice } = useSession().centre;
  const hours = useEntities("hours").data;
  const queues = useEntities("queue").data;
  const numbers = useEntities("number").data;
  return useMemo(() => {
    const now = serverNow();
    const today = Object.fromEntries((hours ?? []).map((each) => [each.id, hoursOpen(each, now)]));
    const plain = caller.replace(/[^\d+*#]/g, "");
    return {
      caller: plain === "" ? null : plain,
      called,
      open: { ...today, ...open },
      notice: (queueId) => {
        const ofQueue = queues?.find((queue) => queue.id === queueId)?.recording;
        const ofNumber = numbers?.find((number) => number.number === called)?.recording;
        const own = ofQueue ?? ofNumber ?? null;
        return recordingNotice && (own === null ? recordCalls : own === "on");
      },
    };
  }, [caller, called, open, hours, queues, numbers, recordCalls, recordingNotice]);
}
