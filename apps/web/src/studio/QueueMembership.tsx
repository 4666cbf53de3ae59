import type { Queue } from "@centrala/contract";
import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { ErrorNote } from "../ui/index.ts";
import { cleaned, useStore, versionOf } from "./store.tsx";
import css from "./studio.module.css";

/** The queues somebody takes calls of. Each is stored with the queue at once, not with the person, and can be taken back. */
export function QueueMembership({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const queues = useEntities("queue");
  const store = useStore("queue");
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState<string | null>(null);
  const change = async (queue: Queue, member: boolean) => {
    setPending(queue.id);
    setError(null);
    const others = queue.operators.filter((operator) => operator.userId !== userId);
    const operators = member ? [...others, { userId, tier: 1 }] : others;
    await store.save(cleaned({ ...queue, operators }), queue, queue.name, versionOf(queue)).catch(setError);
    setPending(null);
  };
  return (
    <fieldset className={css["part"]}>
      <legend>{t("studio:people.queues")}</legend>
      <div className={css["members"]}>
        {(queues.data ?? []).map((queue) => (
          <Checkbox
            key={queue.id}
            label={queue.name}
            checked={queue.operators.some((operator) => operator.userId === userId)}
            disabled={pending !== null}
            onChange={(event) => void change(queue, event.currentTarget.checked)}
          />
        ))}
      </div>
      <p className={css["small"]}>{t("studio:people.queuesHint")}</p>
      <ErrorNote error={error} />
    </fieldset>
  );
}
