import type { App } from "../app";
import { byID, h } from "../dom";
import type { GraphView } from "../graph/view";

/** The controls over the graph: which arcs, idle connections, zoom; and the legend. */
export class Tools {
  private readonly select = byID<HTMLSelectElement>("protocol");
  private readonly links = byID<HTMLInputElement>("links");
  private offered = "";

  constructor(private readonly app: App, private readonly graph: GraphView | undefined) {
    this.select.addEventListener("change", () => graph?.choose({ protocol: Number(this.select.value) }));
    this.links.addEventListener("change", () => {
      graph?.choose({ links: this.links.checked });
      this.legend();
    });
    for (const button of byID("zoom").querySelectorAll<HTMLElement>("[data-zoom]")) {
      button.addEventListener("click", () => graph?.zoom(button.dataset["zoom"] as "in" | "out" | "fit"));
    }
    const stage = byID("stage");
    if (graph) new ResizeObserver(() => graph.resized()).observe(stage);
    app.overlayChanged.watch(() => this.offer());
    app.selected.watch(() => this.legend());
  }

  private offer(): void {
    const { protocols } = this.app.overlay;
    const offered = protocols.join(" ");
    if (offered === this.offered) return;
    this.offered = offered;
    const chosen = this.select.selectedOptions[0]?.textContent;
    const options = ["all protocols", ...protocols].map((name, i) => h("option", { value: i - 1 }, name));
    this.select.replaceChildren(...options);
    const again = options.findIndex((o) => o.textContent === chosen);
    this.select.selectedIndex = Math.max(0, again);
    this.graph?.choose({ protocol: Math.max(0, again) - 1 });
  }

  private legend(): void {
    const selected = this.app.selected.value !== 0;
    const legend = byID("legend");
    for (const item of legend.querySelectorAll<HTMLElement>(".near")) item.hidden = !selected;
    for (const item of legend.querySelectorAll<HTMLElement>(".whole")) item.hidden = selected;
    for (const item of legend.querySelectorAll<HTMLElement>(".idle")) item.hidden = !this.links.checked && !selected;
  }
}
