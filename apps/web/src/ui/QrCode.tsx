import { useMemo } from "react";
import { encode } from "uqr";
import css from "./ui.module.css";

/** A QR code as one path; always dark on white, because cameras expect it. */
export function QrCode({ value, label, size = 184 }: { value: string; label: string; size?: number }) {
  const { path, modules } = useMemo(() => draw(value), [value]);
  return (
    <span className={css["qr"]}>
      <svg role="img" aria-label={label} width={size} height={size} viewBox={`0 0 ${modules} ${modules}`}>
        <path d={path} fill="#000" shapeRendering="crispEdges" />
      </svg>
    </span>
  );
}

function draw(value: string): { path: string; modules: number } {
  const { data, size } = encode(value, { border: 0 });
  let path = "";
  data.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) path += `M${x} ${y}h1v1h-1z`;
    });
  });
  return { path, modules: size };
}
