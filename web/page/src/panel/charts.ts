import uPlot from "uplot";
import type { App } from "../app";
import { h, onceAFrame, setText } from "../dom";
import { clock, rough, whole } from "../model/format";
import type { Column } from "../model/series";
import { onTheme } from "../graph/palette";
import type { Panels } from "./tabs";

interface Line {
  column: Column;
  name: string;
  color: string; // of the style sheet
  faint?: boolean;
}

interface Chart {
  title: string;
  unit: string;
  lines: Line[];
  band?: true; // between the second and third line
  write(n: number): string;
}

const charts: Chart[] = [
  { title: "Peers", unit: "", write: whole, lines: [{ column: "go", name: "Go", color: "go" }, { column: "tabs", name: "tabs", color: "tab" }] },
  { title: "Arcs", unit: "", write: whole, lines: [{ column: "arcs", name: "", color: "out" }] },
  {
    title: "View size", unit: "arcs", write: rough, band: true,
    lines: [
      { column: "mean", name: "mean", color: "in" }, { column: "max", name: "max", color: "in", faint: true },
      { column: "min", name: "min", color: "in", faint: true },
    ],
  },
  { title: "Messages", unit: "a second", write: rough, lines: [{ column: "messages", name: "", color: "go" }] },
  { title: "Set-ups", unit: "connections a second", write: rough, lines: [{ column: "setups", name: "", color: "tab" }] },
];

/** At least so many seconds are shown, so that the first samples are not stretched. */
const leastSpan = 60;
const height = { plot: 74, axis: 24 };

/** Small charts under each other, over one time and with one cursor. */
export class Charts {
  private plots: { plot: uPlot; chart: Chart; values: HTMLElement[] }[] = [];
  private readonly root = h("div", { class: "charts", "data-testid": "charts" });
  private readonly when = h("p", { class: "hint", "data-testid": "chart-time" });
  private at: number | null = null;

  constructor(private readonly app: App, private readonly panel: HTMLElement, panels: Panels) {
    panel.append(this.when, this.root);
    const draw = onceAFrame(() => this.draw());
    app.sampled.watch(draw);
    panels.shown.watch(draw);
    new ResizeObserver(draw).observe(panel);
    onTheme(() => {
      this.clear();
      draw();
    });
  }

  private clear(): void {
    for (const { plot } of this.plots) plot.destroy();
    this.plots = [];
    this.root.replaceChildren();
  }

  private draw(): void {
    const width = this.root.clientWidth;
    if (this.panel.hidden || width === 0) return;
    if (this.app.series.at.length === 0) {
      setText(this.when, "No samples yet: there is one each second.");
      return;
    }
    if (this.plots.length === 0) this.plots = charts.map((chart, i) => this.make(chart, width, i === charts.length - 1));
    for (const { plot, chart } of this.plots) {
      if (plot.width !== width) plot.setSize({ width, height: plot.height });
      plot.setData(this.data(chart));
    }
    this.legend();
  }

  private data(chart: Chart): uPlot.AlignedData {
    return [this.app.series.at, ...chart.lines.map((line) => this.app.series.column(line.column))];
  }

  private make(chart: Chart, width: number, last: boolean) {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const font = `11px ${color("font")}`;
    const values = chart.lines.map(() => h("b", {}));
    const names = chart.lines.map((line, i) => h("span", { class: `value ${line.color}` }, line.name, line.name && " ", values[i]));
    const place = h("div", { class: "plot" });
    const head = h("h3", {}, chart.title, h("span", { class: "unit" }, chart.unit), ...names);
    this.root.append(h("section", { class: "chart", role: "img", "aria-label": `${chart.title} over time` }, head, place));
    const grid = { stroke: color("rule"), width: 1 };
    const plot = new uPlot(
      {
        width, height: height.plot + (last ? height.axis : 0), padding: [6, 6, last ? 0 : 6, 0],
        legend: { show: false }, cursor: { sync: { key: "n2n" }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: { x: { time: true, range: (_, min, max) => [Math.min(min, max - leastSpan), max] }, y: { range: (_, min, max) => span(min, max) } },
        axes: [
          { show: last, stroke: color("muted"), grid, ticks: { show: false }, size: height.axis, font, space: 90, values: (_, at) => at.map((s) => clock(s * 1000)) },
          { stroke: color("muted"), grid, ticks: { show: false }, size: 44, font, space: 30, values: (_, ys) => ys.map(compact) },
        ],
        series: [
          {},
          ...chart.lines.map((line) => ({
            stroke: color(line.color) + (line.faint ? "66" : ""), width: line.faint ? 1 : 1.6, points: { show: false },
          })),
        ],
        ...(chart.band && { bands: [{ series: [2, 3] as [number, number], fill: `${color("in")}22` }] }),
        hooks: { setCursor: [(u) => this.cursor(u)] },
      },
      this.data(chart), place,
    );
    return { plot, chart, values };
  }

  private cursor(plot: uPlot): void {
    const at = plot.cursor.idx ?? null;
    if (at === this.at) return;
    this.at = at;
    this.legend();
  }

  // The values under the cursor, or the last ones.
  private legend(): void {
    const { at } = this.app.series;
    const i = this.at !== null && this.at < at.length ? this.at : at.length - 1;
    setText(this.when, this.at !== null ? `At ${clock((at[i] ?? 0) * 1000)}` : "The last ten minutes, a sample a second");
    for (const { chart, values } of this.plots) {
      chart.lines.forEach((line, k) => {
        const value = this.app.series.column(line.column)[i];
        const cell = values[k];
        if (cell) setText(cell, value === undefined ? "" : chart.write(value));
      });
    }
  }
}

// From zero, with a little air above.
function span(_: number | null, max: number | null): [number, number] {
  return [0, Math.max(1, (max ?? 0) * 1.12)];
}

function compact(n: number): string {
  if (n >= 10_000) return `${Math.round(n / 1000)}k`;
  return Number.isInteger(n) ? whole(n) : n.toFixed(1);
}
