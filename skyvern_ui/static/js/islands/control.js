// Taking and giving back the browser behind the live picture. Who drives and who asks is told by the frames' socket;
// this one is open only while this tab drives, and its end gives the browser back.
const MOST_FILE = 10 * 1024 * 1024;
const MOST_TEXT = 20000;
const RETRY_AFTER = 2000;
const TRIES = 3;
const COME_BACK = new Set([1006, 1011, 4410, 4411]);
const ENDINGS = {
  1006: "The connection was lost, so the browser was given back.",
  4401: "You are signed out. Sign in again to drive.",
};
const WORDS = {
  free: "Nobody drives. The run goes on by itself.",
  elsewhere: "You drive in another window.",
  offered: "The browser is kept for you for a moment.",
  opening: "Waiting for the browser.",
  driving: "You drive.",
  none: "Nobody can drive this browser: for a task, Skyvern takes input only in a browser session. Start it in one to drive.",
};
const IS_TOUCHED = matchMedia("(pointer: coarse)").matches;
const HOW = IS_TOUCHED ? "Tap the picture to click, drag on it to scroll."
  : "The picture takes your mouse and your keys, Tab too. Press Escape twice to get out of it.";
// Skyvern drops the Enter that would send a form; over VNC it arrives.
const ENTER = `Enter does not send a form over this connection: ${IS_TOUCHED ? "tap its button." : "click its button, or press Space on it."}`;

export class Control {
  constructor(viewport, Hands) {
    this.viewport = viewport;
    this.root = viewport.root;
    this.parts = Object.fromEntries([...this.root.querySelectorAll("[data-steer]")].map((part) => [part.dataset.steer, part]));
    this.socket = null;
    this.screen = null;
    this.isByVnc = false;
    this.state = "watching";
    this.driver = this.asked = null;
    this.isKnown = this.isDrivable = this.isOver = this.hasAsked = false;
    this.failures = 0;
    this.typing = "";
    this.hands = new Hands(viewport.parts.canvas, {
      send: (event) => this.#send(event),
      leave: () => this.parts.cede.focus(),
      paste: (text) => this.#type(text),
      size: () => viewport.size,
    });
    this.#wire();
    this.#show();
  }

  // What the frames' socket says about the driver.
  told(said) {
    this.isKnown = true;
    this.isDrivable = said.is_drivable;
    this.isByVnc = said.is_by_vnc;
    this.driver = said.driver;
    this.asked = said.asked;
    if (this.state === "watching" && this.hasAsked && this.driver?.is_you && this.driver.is_awaited) this.take();
    if (this.hasAsked && !this.asked?.is_you && !this.driver?.is_you) this.hasAsked = Boolean(this.driver) && this.#isJustAsked();
    this.#show();
  }

  address(url) {
    if (document.activeElement !== this.parts.address) this.parts.address.value = url;
  }

  async take(isForced = false) {
    if (this.socket || this.state !== "watching" || this.isOver) return;
    this.hasAsked = false;
    this.#turn("opening", "");
    const { vncSrc, rfbSrc, vnc, control } = this.root.dataset;
    // Loaded before the socket opens, or its first words would be missed.
    const [screen, rfb] = this.isByVnc ? await Promise.all([import(vncSrc), import(rfbSrc)]) : [];
    if (this.state !== "opening") return;
    const url = new URL(screen ? vnc : control, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = this.socket = new WebSocket(url);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ kind: "take-control", ...(isForced && { take: true }) })));
    socket.addEventListener("close", (event) => { if (socket === this.socket) this.#closed(event); });
    if (screen) {
      const hooks = { onReady: () => this.#drive(), onLeave: () => this.parts.cede.focus() };
      this.screen = new screen.VncScreen(rfb.default, this.viewport.parts.vnc, socket, hooks);
    } else socket.addEventListener("message", ({ data }) => { if (socket === this.socket) this.#heard(data); });
  }

  // The run is over or the page goes.
  close() {
    this.isOver = true;
    const { socket } = this;
    this.socket = null;
    socket?.close(1000);
    this.#closeScreen();
    this.#turn("watching", "");
    this.parts.bar.hidden = true;
  }

  #heard(data) {
    let said;
    try {
      said = JSON.parse(data);
    } catch {
      return;
    }
    if (said.kind === "driving") this.#drive();
    else if (said.sentence && said.kind !== "opening") this.#hint(said.sentence);
  }

  #drive() {
    this.failures = 0;
    this.#turn("driving", this.screen ? HOW : `${HOW} ${ENTER}`);
    if (IS_TOUCHED) this.root.scrollIntoView();
    if (this.screen) this.screen.focus();
    else this.viewport.parts.canvas.focus({ preventScroll: true });
  }

  #closed(event) {
    const wasDriving = this.state === "driving";
    this.socket = null;
    this.#closeScreen();
    this.typing = "";
    const words = event.reason || ENDINGS[event.code] || "";
    this.#turn("watching", event.code === 1000 ? "" : words || "The browser cannot be driven just now.");
    if (wasDriving) this.parts.take.focus();
    if (!COME_BACK.has(event.code) || !(wasDriving || this.failures) || this.isOver) return;
    this.failures += 1;
    if (this.failures > TRIES) {
      this.failures = 0;
      return;
    }
    this.#hint(`${words} Trying again (${this.failures} of ${TRIES}).`);
    setTimeout(() => { if (this.state === "watching" && this.failures) this.take(); }, RETRY_AFTER);
  }

  #closeScreen() {
    this.screen?.close();
    this.screen = null;
  }

  #turn(state, hint) {
    this.state = state;
    const { canvas, vnc } = this.viewport.parts;
    vnc.hidden = !(this.screen && state === "driving");
    const isDriving = this.hands.isOn = state === "driving" && !this.screen;
    canvas.setAttribute("role", isDriving ? "application" : "img");
    canvas.setAttribute("aria-label", isDriving ? "The browser you drive. Escape twice leaves it." : "What the browser shows now");
    if (isDriving) canvas.tabIndex = 0;
    else canvas.removeAttribute("tabindex");
    this.#hint(hint);
    this.#show();
  }

  #mode() {
    if (this.state !== "watching") return this.state;
    if (!this.isDrivable) return "none";
    if (!this.driver) return "free";
    if (!this.driver.is_you) return "other";
    return this.driver.is_awaited ? "offered" : "elsewhere";
  }

  #show() {
    const { take, takeWord, ask, seize, cede, driver, asked, askedWord, tools, say, upload } = this.parts;
    const mode = this.#mode();
    const isAsked = Boolean(this.asked);
    this.root.dataset.driving = mode;
    this.parts.bar.hidden = this.isOver || !(this.isKnown || this.state !== "watching");
    const other = mode === "other" ? `${this.driver.name} drives.${isAsked ? ` ${this.asked.is_you ? "You" : this.asked.name} asked for it.` : ""}` : "";
    this.#text(driver, other || WORDS[mode]);
    this.#text(takeWord, mode === "elsewhere" ? "Drive here" : "Take control");
    take.hidden = !["free", "elsewhere", "offered"].includes(mode);
    ask.hidden = mode !== "other" || isAsked;
    if (seize) seize.hidden = mode !== "other";
    cede.hidden = !["opening", "driving"].includes(mode);
    say.hidden = mode !== "driving";
    tools.hidden = upload.hidden = say.hidden || this.isByVnc;
    asked.hidden = !(mode === "driving" && isAsked && !this.asked.is_you);
    if (!asked.hidden) this.#text(askedWord, `${this.asked.name} asks for the browser.`);
  }

  #text(part, text) {
    if (part.textContent !== text) part.textContent = text;
  }

  #hint(text) {
    this.#text(this.parts.hint, text);
  }

  #isJustAsked() {
    return Date.now() - this.askedAt < 70000;
  }

  #send(event) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event));
  }

  // Text goes as one key after the other, never more than the connection takes.
  #type(text) {
    const isRunning = this.typing !== "";
    const whole = this.typing + text.replace(/\r\n?/g, "\n");
    this.typing = [...whole].slice(0, MOST_TEXT).join("");
    if (this.typing.length < whole.length) this.#hint(`Only the first ${MOST_TEXT.toLocaleString("en")} characters are typed.`);
    if (!isRunning && this.typing) this.#typeOn();
  }

  #typeOn() {
    if (!this.typing || this.state !== "driving") return;
    const characters = [...this.typing];
    const isFull = this.socket.bufferedAmount > 32768;
    for (const character of isFull ? [] : characters.splice(0, 50)) (this.screen ?? this.hands).type(character);
    this.typing = characters.join("");
    if (this.typing) setTimeout(() => this.#typeOn(), 25);
  }

  async #upload(file) {
    if (!file) return;
    if (file.size > MOST_FILE) {
      this.#hint("That file was not sent: it is larger than 10 MiB.");
      return;
    }
    this.#hint(`Sending ${file.name}.`);
    const url = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = reject;
      reader.readAsDataURL(file);
    }).catch(() => "");
    if (!url) this.#hint("That file cannot be read.");
    else this.#send({ kind: "fileUpload", fileName: file.name, mimeType: file.type, content: url.slice(url.indexOf(",") + 1) });
  }

  #wire() {
    const { parts } = this;
    const click = (name, act) => parts[name]?.addEventListener("click", act);
    click("take", () => this.take());
    click("seize", () => this.take(true));
    click("cede", () => {
      this.failures = 0;
      if (this.socket?.readyState === WebSocket.OPEN) this.#send({ kind: "cede-control" });
      else if (this.socket) this.socket.close(1000);
      else this.#turn("watching", "");
    });
    click("give", () => this.#send({ kind: "give-control" }));
    click("keep", () => this.#send({ kind: "keep-control" }));
    for (const [name, kind] of [["back", "goBackEvent"], ["forward", "goForwardEvent"], ["reload", "reloadEvent"]]) click(name, () => this.#send({ kind }));
    click("enter", () => (this.screen ?? this.hands).press("Enter", 13));
    click("erase", () => (this.screen ?? this.hands).press("Backspace", 8));
    parts.ask.addEventListener("submit", () => { this.hasAsked = true; this.askedAt = Date.now(); });
    parts.go.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#hint("");
      this.#send({ kind: "navigateEvent", url: parts.address.value.trim() });
    });
    parts.say.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#type(parts.text.value);
      parts.text.value = "";
    });
    parts.file.addEventListener("change", () => {
      this.#upload(parts.file.files[0]);
      parts.file.value = "";
    });
  }
}
