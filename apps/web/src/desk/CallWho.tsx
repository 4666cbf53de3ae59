import type { LiveContact } from "@centrala/contract";
import { IconHourglassEmpty, IconPlayerPauseFilled, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { partyNumber } from "../history/party.tsx";
import { Chip, Clock, formatLength, formatPhone } from "../ui/index.ts";
import css from "./callbar.module.css";
import { useCommands, useDeskCommands } from "./commands.ts";
import { partyName, type Scene } from "./DeskContext.tsx";

type WhoProps = { scene: Exclude<Scene, { kind: "idle" }>; away: ReactNode };

/** Who hears me now, and below it what is special about the call, else why they call. */
export function Who({ scene, away }: WhoProps) {
  const { contact } = scene;
  if (scene.kind === "talking" && contact.consult) return <Consulted contact={contact} away={away} />;
  if (scene.kind === "talking" && contact.conference) return <Conference contact={contact} away={away} />;
  return <Alone scene={scene} away={away} />;
}

function Lines({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <div className={css["who"]}>
      <div className={css["name"]}>{title}</div>
      <div className={css["facts"]}>{children}</div>
    </div>
  );
}

function Alone({ scene, away }: WhoProps) {
  const { t } = useTranslation();
  const { contact } = scene;
  const name = partyName(contact, t("common:hiddenNumber"));
  const number = partyNumber(contact.party);
  const title = (
    <>
      <b title={name}>{name}</b>
      {name === number ? null : <span className="muted num">{number}</span>}
    </>
  );
  return (
    <Lines title={title}>
      {scene.kind === "offer" ? <Why purpose={scene.purpose} from={scene.from} /> : <Muted contact={contact} />}
      {away ?? (contact.held && scene.kind === "talking" ? t("desk:hears.music") : <Reason contact={contact} />)}
    </Lines>
  );
}

/** What the caller chose on the way here comes first, then which number was dialled and how long the wait was. */
function Reason({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const reason = contact.path.map((step) => step.label).join(" › ");
  // The client stands beside it: a line of the same name says nothing more.
  const label = contact.number?.label === contact.client.name ? "" : (contact.number?.label ?? "");
  const line = contact.number ? [label, formatPhone(contact.number.number)].filter(Boolean).join(" ") : "";
  const wait = contact.waitedMs >= 1000 ? t("desk:waited", { time: formatLength(contact.waitedMs) }) : "";
  const rest = [contact.queue?.name === reason ? "" : (contact.queue?.name ?? ""), line].filter(Boolean);
  const all = [reason, ...rest, wait].filter(Boolean).join(" · ");
  return (
    <>
      <span className={css["factLine"]} title={all}>
        {reason ? <b>{reason}</b> : null}
        {reason && rest.length > 0 ? " · " : ""}
        {rest.join(" · ")}
      </span>
      {wait ? (
        // Where it is narrow the number dialled gives way, not the wait.
        <span className={css["wait"]} title={wait}>
          <IconHourglassEmpty size={13} aria-hidden="true" />
          <span className="visually-hidden">{wait}</span>
          <span aria-hidden="true">{formatLength(contact.waitedMs)}</span>
        </span>
      ) : null}
    </>
  );
}

/** Why it rings, where it is no caller's turn in a queue. */
function Why({ purpose, from }: Pick<Extract<Scene, { kind: "offer" }>, "purpose" | "from">) {
  const { t } = useTranslation();
  if (purpose !== "transfer" && purpose !== "consult") return null;
  return (
    <Chip tone="offered">
      <span className="ellipsis">{from === null ? t("desk:why.back") : t(`desk:why.${purpose}`, { name: from })}</span>
    </Chip>
  );
}

function Muted({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  return contact.muted ? <Chip tone="offered">{t("desk:muted")}</Chip> : null;
}

/** While a colleague is asked the title is the colleague; the customer stands below with what they hear. */
function Consulted({ contact, away }: { contact: LiveContact; away: ReactNode }) {
  const { t } = useTranslation();
  const { consult } = contact;
  if (consult === null) return null;
  const customer = partyName(contact, t("common:hiddenNumber"));
  const title = (
    <>
      <b title={consult.with}>{consult.with || t("common:hiddenNumber")}</b>
      <span className="muted">{t(consult.asked ? "desk:consult.asks" : `desk:consult.${consult.state}`)}</span>
    </>
  );
  return (
    <Lines title={title}>
      <Muted contact={contact} />
      {away ?? (
        <span className={css["factLine"]} title={`${t("desk:hears.notYou")} ${customer}, ${t("desk:hears.onHold")}`}>
          <IconPlayerPauseFilled size={11} aria-hidden="true" /> {t("desk:hears.notYou")} <b>{customer}</b>
          {contact.heldSince === null ? null : (
            <>
              , {t("desk:hears.onHold")} <Clock since={contact.heldSince} />
            </>
          )}
        </span>
      )}
    </Lines>
  );
}

/** Everybody by name; whoever is no customer can be taken off the line. */
function Conference({ contact, away }: { contact: LiveContact; away: ReactNode }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <div className={css["who"]}>
      <ul className={css["people"]} aria-label={t("desk:people.title")}>
        {contact.participants.map((person) => (
          <li key={person.legId} data-kind={person.kind} data-self={person.self || undefined}>
            <span className="ellipsis" title={person.name}>
              {person.self ? t("desk:people.self") : person.name || t("common:hiddenNumber")}
            </span>
            {person.kind === "customer" || person.self ? null : (
              <button
                type="button"
                aria-label={t("desk:people.drop", { name: person.name })}
                title={t("desk:people.drop", { name: person.name })}
                disabled={pending("drop")}
                onClick={() => void commands.drop(contact.id, person.legId)}
              >
                <IconX size={13} aria-hidden="true" />
              </button>
            )}
          </li>
        ))}
      </ul>
      <div className={css["facts"]}>
        <Muted contact={contact} />
        {away ?? (contact.held ? t("desk:hears.music") : <Reason contact={contact} />)}
      </div>
    </div>
  );
}
