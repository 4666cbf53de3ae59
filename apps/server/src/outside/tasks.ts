/** Asks the thread that started the task, for what only it can know (the database). */
export type Ask = (question: unknown) => Promise<unknown>;

type Load<Input, Answer> = () => Promise<(input: Input, ask: Ask) => Answer | Promise<Answer>>;
type Task<Input, Answer> = {
  readonly load: Load<Input, Answer>;
  /** Short work is not kept waiting by a list of 100,000 rows. */
  readonly lane: "short" | "long";
  readonly memoryMb: number;
  readonly timeoutMs: number;
};

const short = { lane: "short", memoryMb: 256, timeoutMs: 10_000 } as const;
/** Streams through up to 100,000 rows, and waits for the database meanwhile. */
const long = { lane: "long", memoryMb: 256, timeoutMs: 600_000 } as const;

/** Everything that reads a file from outside or would keep calls waiting otherwise, by name. A module is loaded in the worker only, and only when its task runs. */
export const tasks = {
  listReading: task(async () => (await import("../customers/list.ts")).readList, short),
  listPlan: task(async () => (await import("../customers/list.ts")).planList, long),
  /** A quarter of an hour of music takes longer than any list. */
  soundFile: task(async () => (await import("../core/sound-file.ts")).readSoundFile, { ...short, timeoutMs: 20_000 }),
  centreFile: task(async () => (await import("../centre-file/parse.ts")).readPlainFile, short),
  holidays: task(async () => (await import("../holidays/list.ts")).listHolidays, short),
};

export type TaskName = keyof typeof tasks;
export type TaskInput<Name extends TaskName> = (typeof tasks)[Name] extends Task<infer Input, unknown> ? Input : never;
export type TaskAnswer<Name extends TaskName> = (typeof tasks)[Name] extends Task<never, infer Answer> ? Answer : never;

export function isTaskName(name: string): name is TaskName {
  return Object.hasOwn(tasks, name);
}

/** The task as the worker calls it: its input was checked by the types where it was started. */
export async function loadTask(name: TaskName): Promise<(input: unknown, ask: Ask) => unknown> {
  return (await tasks[name].load()) as (input: unknown, ask: Ask) => unknown;
}

function task<Input, Answer>(
  load: Load<Input, Answer>,
  limits: Omit<Task<Input, Answer>, "load">,
): Task<Input, Answer> {
  return { load, ...limits };
}
