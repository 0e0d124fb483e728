import type { Settings } from "sigma/settings";
import type { NodeDisplayData, PartialButFor } from "sigma/types";
import type { Palette } from "./palette";
import type { Mark } from "./shape";

type Data = PartialButFor<NodeDisplayData, "x" | "y" | "size" | "label" | "color"> & Partial<Mark>;
type Draw = (context: CanvasRenderingContext2D, data: Data, settings: Settings) => void;

/** Names of peers beside their marks, with a halo of the paper's colour, so that arcs do not cross them. */
export function labels(palette: () => Palette): { label: Draw; hover: Draw } {
  const label: Draw = (context, data, settings) => {
    if (!data.label) return;
    const { ink, paper, font } = palette();
    const x = data.x + data.size * 1.25 + 4;
    const y = data.y + settings.labelSize * 0.35;
    context.font = `${settings.labelWeight} ${settings.labelSize}px ${font}`;
    context.lineJoin = "round";
    context.lineWidth = 5;
    context.strokeStyle = paper;
    context.strokeText(data.label, x, y);
    context.fillStyle = ink;
    context.fillText(data.label, x, y);
  };
  const hover: Draw = (context, data, settings) => {
    if (data.ring) return label(context, data, { ...settings, labelWeight: "650" });
    context.beginPath();
    context.arc(data.x, data.y, data.size * 1.35 + 3, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = palette().ink;
    context.stroke();
    label(context, data, settings);
  };
  return { label, hover };
}
