import { expect, it } from "vitest";
import { keysInOrder } from "./commands.ts";

it("keys pressed while others are being sent follow them, together and in order", async () => {
  const sent: string[] = [];
  const answers: ((ok: boolean) => void)[] = [];
  const press = keysInOrder((_id, keys) => {
    sent.push(keys);
    return new Promise((resolve) => answers.push(resolve));
  });
  const first = press("call", "1");
  void press("call", "2");
  void press("call", "#");
  expect(sent).toEqual(["1"]);
  answers[0]?.(true);
  await Promise.resolve();
  expect(sent).toEqual(["1", "2#"]);
  answers[1]?.(false);
  await first;
  void press("call", "3");
  expect(sent).toEqual(["1", "2#", "3"]);
});
