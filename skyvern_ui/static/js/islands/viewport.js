// The live picture of a run. Text messages carry the state in words, binary messages are one image each.
// Reconnects with full jitter; a hidden tab and a paused picture hold no socket; what was last seen stays visible.
const TRIES = 10;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
const FINAL_CODES = {
  1008: "The server refused to show this run.",
  4401: "You are signed out. Sign in again to watch.",
  4403: "You may not watch this run.",
};
const LIGHTS = {
  still: "Still", connecting: "Connecting", waiting: "Waiting", live: "Live", paused: "Paused",
  reconnecting: "Reconnecting", over: "Ended", unavailable: "Not live",
};

class Viewport {
  constructor(root, Picture, Control, Hands) {
    this.root = root;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.url = new URL(root.dataset.socket, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.picture = new Picture(this.parts.canvas, () => this.#firstPicture());
    this.socket = null;
    this.timer = 0;
    this.failures = 0;
    this.isPaused = false;
    this.isDone = false;
    this.isKnown = false;
    this.stoodInAt = Date.now();
    this.size = null;
    this.control = Control ? new Control(this, Hands) : null;
    this.#wire();
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    if (this.isDone || this.isPaused || document.hidden || this.socket || !this.root.isConnected) return;
    this.#state(this.failures ? "reconnecting" : "connecting", this.failures ? null : "Connecting to the browser.");
    const socket = new WebSocket(this.url);
    socket.binaryType = "blob";
    socket.onmessage = ({ data }) => { if (socket === this.socket) this.#heard(data); };
    socket.onclose = (event) => { if (socket === this.socket) this.#closed(event); };
    this.socket = socket;
  }

  disconnect() {
    clearTimeout(this.timer);
    const { socket } = this;
    this.socket = null;
    this.picture.drop();
    socket?.close(1000);
  }

  #heard(data) {
    this.isKnown = true;
    if (!this.root.isConnected) return this.disconnect();
    if (typeof data !== "string") {
      this.failures = 0;
      this.picture.show(data);
      if (this.root.dataset.state !== "live") this.#state("live");
      return;
    }
    let said;
    try {
      said = JSON.parse(data);
    } catch {
      return;
    }
    if (said.url) {
      this.#text("url", said.url);
      this.control?.address(said.url);
    }
    if (said.width && said.height) this.size = [said.width, said.height];
    if ("driver" in said) this.control?.told(said);
    if (said.watching !== undefined) {
      this.parts.watching.hidden = said.watching < 2;
      this.#text("watching", `${said.watching} watching`);
    }
    if (said.state) this.#state(said.state, said.state === "live" ? null : said.sentence);
    if (said.state === "over") this.#end("run-over");
    if (said.state === "unavailable") this.#end();
  }

  #closed(event) {
    this.socket = null;
    if (this.isDone) return;
    if (event.code in FINAL_CODES) {
      this.#state("unavailable", event.reason || FINAL_CODES[event.code]);
      return this.#end();
    }
    this.failures += 1;
    if (this.failures > TRIES) {
      this.#state("unavailable", "The live picture cannot be reached. The latest screenshot stands in for it.");
      return this.#end();
    }
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    const wait = Math.random() * longest;
    const seconds = Math.max(1, Math.round(wait / 1000));
    this.#state("reconnecting", `${this.isKnown ? "The connection was lost." : "No live picture could be had."} Trying again in ${seconds} s (${this.failures} of ${TRIES}).`);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  #end(event) {
    this.isDone = true;
    this.disconnect();
    this.control?.close();
    if (this.parts.pause) this.parts.pause.hidden = true;
    if (!event) this.#standIn();
    if (event) document.body.dispatchEvent(new CustomEvent(event));
  }

  #firstPicture() {
    this.#reveal("canvas");
  }

  #reveal(name) {
    for (const each of ["canvas", "still", "blank"]) if (this.parts[each]) this.parts[each].hidden = each !== name;
  }

  // The newest screenshot stands in as long as nothing live has come, and again when nothing live will come.
  #standIn() {
    const now = Date.now();
    const isWanted = this.isDone || (!this.picture.drawn && now - this.stoodInAt > 5000);
    if (!isWanted || !this.root.dataset.still) return;
    this.stoodInAt = now;
    const image = new Image();
    image.onload = () => {
      if (this.picture.drawn && !this.isDone) return;
      this.parts.still.src = image.src;
      this.#reveal("still");
    };
    image.src = `${this.root.dataset.still}?at=${now}`;
  }

  #state(state, sentence) {
    this.root.dataset.state = state;
    this.#text("light", LIGHTS[state] ?? state);
    if (sentence || state === "live") this.#text("said", sentence ?? "You see the browser as it is now.");
    if (state === "waiting" || state === "reconnecting") this.#standIn();
    this.parts.refresh.hidden = !["still", "unavailable", "over"].includes(state);
  }

  #text(name, text) {
    if (this.parts[name].textContent !== text) this.parts[name].textContent = text;
  }

  #pause(on) {
    this.isPaused = on;
    this.#press("pause", on, on ? "Go on with the live picture" : "Pause the picture", on ? "play" : "pause");
    if (on) {
      this.disconnect();
      this.#state("paused", "The picture stands still. The run goes on.");
    } else this.connect();
  }

  #zoom(on) {
    this.root.dataset.zoom = on ? "full" : "fit";
    this.#press("zoom", on, on ? "Fit into the page" : "Show at full size", on ? "minimize" : "zoom-in");
  }

  #press(name, on, label, icon) {
    const button = this.parts[name];
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-label", label);
    button.title = label;
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${icon}`));
  }

  #wire() {
    const { pause, zoom, full } = this.parts;
    pause.hidden = zoom.hidden = false;
    full.hidden = !document.fullscreenEnabled;
    pause.addEventListener("click", () => this.#pause(!this.isPaused));
    zoom.addEventListener("click", () => this.#zoom(this.root.dataset.zoom !== "full"));
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else this.root.requestFullscreen();
    });
    this.onVisibility = () => {
      if (document.hidden) this.disconnect();
      else this.connect();
    };
    document.addEventListener("visibilitychange", this.onVisibility);
    this.root.addEventListener("htmx:beforeCleanupElement", (event) => {
      if (event.target !== this.root) return;
      document.removeEventListener("visibilitychange", this.onVisibility);
      this.isDone = true;
      this.disconnect();
      this.control?.close();
    });
  }
}

export async function start(root) {
  const wanted = [root.dataset.pictureSrc, root.dataset.controlSrc, root.dataset.handsSrc];
  const [{ Picture }, control, hands] = await Promise.all(wanted.map((src) => src && import(src)));
  return new Viewport(root, Picture, control?.Control, hands?.Hands);
}
