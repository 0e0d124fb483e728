import { short } from "../model/format";
import { report, Reporter, soonest } from "../model/report";
import type { Feed } from "./feed";
import type { Tab } from "./tab";

/** Reports this tab's peer to the server, while there is one. */
export class Reports {
  private readonly reporter = new Reporter();
  private timer = 0;
  private busy = false;

  constructor(
    private readonly feed: Feed,
    private readonly tab: Tab,
  ) {
    tab.state.watch(({ is }) => {
      clearInterval(this.timer);
      if (is === "leaving" || is === "failed") this.feed.send({ type: "report", peer: null });
      if (is !== "in") return;
      this.again();
      this.timer = window.setInterval(() => void this.tell(), soonest);
      void this.tell();
    });
  }

  /** again is for a server that may have no report of this tab yet. */
  again(): void {
    this.reporter.reset();
  }

  private async tell(): Promise<void> {
    const { peer } = this.tab;
    if (!peer || this.busy || this.feed.state.value.is !== "open") return;
    this.busy = true;
    try {
      const told = report(`tab ${short(peer.id)}`, await peer.snapshot());
      if (peer === this.tab.peer && this.reporter.due(told, performance.now())) this.feed.send({ type: "report", peer: told });
    } catch {
      // The peer is ending; its state says so.
    } finally {
      this.busy = false;
    }
  }
}
