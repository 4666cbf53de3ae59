import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { flagOf, type LoadedSettings, loadSettings, printSettings, settingNames } from "../settings/load.ts";
import { type SettingName, settingsSchema } from "../settings/schema.ts";
import { version } from "../version.ts";
import { explain } from "./explain.ts";
import { countOf, numberOf } from "./number.ts";

const demoFolder = fileURLToPath(new URL("../../../../.centrala-demo", import.meta.url));

type Action = (
  loaded: LoadedSettings,
  options: Readonly<Record<string, unknown>>,
  words: readonly string[],
) => Promise<void>;

/** Parses the words of the command line and runs the command; ends with one line and a non-zero code when it can't. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = new Command("centrala")
    .description("An open-source call and contact centre")
    .version(version)
    .showHelpAfterError();
  command(program, "serve", "Runs the centre", async (loaded, options) => {
    const rate = numberOf("--rate", options.rate ?? 4, 600);
    await (await import("../serve.ts")).serve(loaded, { demo: options.demo === true, rate });
  })
    .option("--demo", "with a demonstration centre and simulated callers")
    .option("--rate <callsPerMinute>", "simulated callers a minute", "4");
  command(program, "config", "Prints every setting, its value and where it came from", async (loaded) =>
    print(printSettings(loaded)),
  );
  command(program, "apply <file>", "Brings the centre to what a centre file says", async (loaded, options, words) =>
    (await import("./centre-file.ts")).applyCentreFile(loaded, words[0] ?? "", {
      dryRun: options.dryRun === true,
      deletes: countOf("--deletes", options.deletes ?? 0, 1_000_000_000),
    }),
  )
    .option("--dry-run", "shows the plan and changes nothing")
    .option("--deletes <n>", "confirms that so many recordings go to the trash by a shorter retention", "0");
  command(program, "export", "Writes the centre as a file, without secrets", async (loaded, options) =>
    (await import("./centre-file.ts")).exportCentreFile(loaded, {
      out: text(options.out),
      customers: options.customers === true,
    }),
  )
    .option("--out <file>", "where to write it (standard output unless given)")
    .option("--customers", "with the customers");
  command(program, "call <address>", "Calls a SIP address as a simulated caller", async (_loaded, options, words) =>
    (await import("./call.ts")).call(words[0] ?? "", options),
  )
    .option("--say <file>", "WAV file to speak")
    .option("--keys <keys>", "keys to press, a comma is a second's pause")
    .option("--record <file>", "WAV file for what is heard")
    .option("--from <number>", "the caller's number", "anonymous")
    .option("--seconds <n>", "hang up after so long", "30")
    .option("--via <host:port>", "send to this address instead of the one in the SIP address")
    .option("--codec <codec>", "pcma or pcmu", "pcma");
  command(
    program,
    "simulate <address>",
    "Lets simulated callers phone in at a chosen rate",
    async (_loaded, options, words) => (await import("./simulate.ts")).simulate(words[0] ?? "", options),
  )
    .option("--rate <callsPerMinute>", "callers a minute", "10")
    .option("--callers <n>", "how many in all", "20")
    .option("--seed <n>", "repeats a run exactly", "1")
    .option("--language <language>", "en, ru or bg", "en");
  journalCommands(program);
  command(program, "token <name>", "Makes a machine token", async (loaded, options, words) =>
    (await import("./token.ts")).makeToken(
      loaded,
      words[0] ?? "",
      text(options.roles) ?? "technician",
      numberOf("--days", options.days ?? 90, 365),
    ),
  )
    .option("--days <n>", "how long it lives, at most 365", "90")
    .option("--roles <roles>", "operator, supervisor, manager, technician; several with commas", "technician");
  command(program, "backup <file>", "Writes one consistent file while calls run", async (loaded, _options, words) =>
    (await import("./backup.ts")).backup(loaded, words[0] ?? ""),
  );
  command(program, "restore <file>", "Brings a backup back on an empty machine", async (loaded, _options, words) =>
    (await import("./backup.ts")).restore(loaded, words[0] ?? ""),
  );
  command(program, "doctor", "Checks ports, addresses, certificate, disk and trunks", async (loaded) =>
    (await import("./doctor.ts")).doctor(loaded),
  );
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.stderr.write(`centrala: ${explain(error)}\n`);
    process.exit(1);
  }
}

/** What looks at the journal and at what is made of it. */
function journalCommands(program: Command): void {
  command(program, "replay", "Decides the recorded journal again and compares", async (loaded) =>
    (await import("./replay.ts")).replayJournal(loaded),
  );
  command(
    program,
    "rebuild",
    "Builds history and figures again of the journal, while calls run",
    async (loaded, options) => (await import("./rebuild.ts")).rebuild(loaded, { cancel: options.cancel === true }),
  ).option("--cancel", "ends one that goes on");
  command(program, "ladder <contact>", "Prints the messages and events of a contact", async (loaded, _options, words) =>
    (await import("./ladder.ts")).ladder(loaded, words[0] ?? ""),
  );
}

function command(program: Command, name: string, description: string, action: Action): Command {
  const made = program.command(name).description(description);
  for (const setting of settingNames) {
    made.addOption(
      new Option(`${flagOf(setting)} <value>`, settingsSchema.shape[setting].description ?? "").hideHelp(
        name !== "serve",
      ),
    );
  }
  return made.action(async (...received: unknown[]) => {
    const self = received.at(-1) as Command;
    const options = self.opts<Record<string, unknown>>();
    const flags: Partial<Record<SettingName, string>> = {};
    for (const setting of settingNames) if (typeof options[setting] === "string") flags[setting] = options[setting];
    // The demonstration never mixes with a real centre's folder, and its log does not bury how to sign in.
    const defaults = options.demo === true ? ({ data: demoFolder, log: "warn" } as const) : {};
    const loaded = loadSettings(flags, process.env, defaults);
    if (!loaded.ok) throw Object.assign(new Error(loaded.message), { code: loaded.code });
    await action(loaded.value, options, self.args);
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function print(lines: string): void {
  process.stdout.write(`${lines}\n`);
}
