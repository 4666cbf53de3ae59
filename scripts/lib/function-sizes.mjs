// How many lines the largest function of each file has: the ratchet of the tidy test.
// The parser of the dead code check: vite's brings threads that now and then keep a process from ending.
import { parseSync } from "oxc-parser";

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/**
 * Lines of the largest function of a source, 0 without any. A switch counts by its largest case: that a total one grows
 * with the kinds it is total over is no fault.
 */
export function largestFunction(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const starts = lineStarts(text);
  const linesOf = (node) => lineOf(starts, node.end - 1) - lineOf(starts, node.start) + 1;
  let largest = 0;
  /** @returns lines that its switches take beyond their largest cases */
  function visit(node) {
    let spared = 0;
    for (const child of childrenOf(node)) spared += visit(child);
    if (node.type === "SwitchStatement")
      spared = Math.max(0, linesOf(node) - Math.max(0, ...node.cases.map((each) => linesOf(each))));
    if (functions.has(node.type) && node.body) largest = Math.max(largest, linesOf(node) - spared);
    return spared;
  }
  visit(program);
  return largest;
}

function childrenOf(node) {
  return Object.values(node)
    .flat()
    .filter((value) => typeof value?.type === "string");
}

function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts, offset) {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= offset) low = middle;
    else high = middle;
  }
  return low;
}
