/**
 * Takes the README's picture of the desk anew, from the fixtures, so that it always shows the same call:
 * `vite build apps/web`, then `node apps/web/dev/docs-shots.ts [FOLDER]`. The floor's is taken by interop/screenshots.ts.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { answers, contact, desk } from "./desk-fixtures.ts";
import { openHouse, openStage } from "./stage.ts";

const folder = process.argv[2] ?? join(import.meta.dirname, "../../../docs/images");
const note = "Asks for delivery after 13:00. Courier informed.";
const talking = desk({ state: "talking", contact: contact({ dispositionId: "d2", note }) });

await mkdir(folder, { recursive: true });
const house = await openHouse();
const live = [{ kind: "desk", view: talking }];
const stage = await openStage(house.browser, { width: 1366, height: 768, answers, live });
await stage.page.goto(`${house.origin}/desk`);
await stage.page.waitForLoadState("networkidle");
await stage.page.waitForTimeout(500);
for (let index = 0; index < 50; index += 1) {
  const customerDbfs = -18 - 22 * Math.abs(Math.sin(index / 3));
  const operatorDbfs = -30 - 20 * Math.abs(Math.cos(index / 5));
  stage.say({ kind: "level", customerDbfs, operatorDbfs });
}
await stage.page.waitForTimeout(300);
await stage.page.screenshot({ path: join(folder, "desk.png") });
await house.close();
