import { SeededRandom } from "@centrala/kit";
import { expect, it } from "vitest";
import { DeadlineHeap, type Scheduled } from "./heap.ts";

it("[HEAP] whatever is scheduled, moved and removed, the earliest deadline stands first", () => {
  const random = new SeededRandom(4711);
  const heap = new DeadlineHeap<Scheduled>();
  const items: Scheduled[] = Array.from({ length: 200 }, () => ({ deadline: Number.POSITIVE_INFINITY, heapIndex: -1 }));
  for (let step = 0; step < 5_000; step += 1) {
    const item = random.pick(items);
    if (random.below(4) === 0) heap.remove(item);
    else heap.schedule(item, random.below(1_000));
    const waiting = items.filter((each) => each.heapIndex >= 0);
    expect(heap.size).toBe(waiting.length);
    const earliest = Math.min(...waiting.map((each) => each.deadline));
    expect(heap.peek()?.deadline ?? Number.POSITIVE_INFINITY).toBe(earliest);
  }
});
