// What simulations by seed are made of: time that passes when it is told to, plans of moves, and a way to shorten one that fails.
export { chanceOf, type Kind, type Move, type Plan, planOf } from "./plan.ts";
export { shrink } from "./shrink.ts";
export { VirtualTime } from "./virtual-time.ts";
