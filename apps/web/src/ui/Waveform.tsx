import { useEffect, useRef } from "react";
import css from "./ui.module.css";

type WaveformProps = {
  /** Peaks 0..1, oldest first: the customer's above the middle, the operator's below. */
  customer: readonly number[];
  operator: readonly number[];
  height?: number;
  /** 0..1; what is before it is drawn strongly. Absent: everything is. */
  progress?: number;
  label: string;
};

/** Both sides of a conversation in two colours on one canvas; cheap enough to redraw ten times a second. */
export function Waveform({ customer, operator, height = 28, progress, label }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    if (!target) return;
    const paint = () => draw(target, customer, operator, progress);
    paint();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(paint);
    observer.observe(target);
    return () => observer.disconnect();
  }, [customer, operator, progress]);
  return <canvas ref={canvas} className={css["waveform"]} style={{ height }} role="img" aria-label={label} />;
}

function draw(
  canvas: HTMLCanvasElement,
  customer: readonly number[],
  operator: readonly number[],
  progress: number | undefined,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const sides = [
    { peaks: customer, colour: style.getPropertyValue("--customer"), sign: -1 },
    { peaks: operator, colour: style.getPropertyValue("--operator"), sign: 1 },
  ];
  const middle = height / 2;
  for (const side of sides) {
    const step = width / Math.max(1, side.peaks.length);
    const bar = Math.max(1, Math.min(3, step * 0.66));
    context.fillStyle = side.colour;
    side.peaks.forEach((peak, index) => {
      const size = Math.max(0.75, Math.min(1, peak) * (middle - 1));
      context.globalAlpha = progress === undefined || index / side.peaks.length < progress ? 0.95 : 0.35;
      context.fillRect(index * step, side.sign < 0 ? middle - 0.5 - size : middle + 0.5, bar, size);
    });
  }
}
