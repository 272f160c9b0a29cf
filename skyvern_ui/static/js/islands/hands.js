// Mouse, wheel, touch and keys on the picture, as events for the browser behind it. Coordinates are pixels of its page.
const MOVE_EVERY = 50;
const ESCAPE_TWICE_WITHIN = 900;
const MOST_COORDINATE = 10000;
const LINE = 40;
const BUTTONS = ["left", "middle", "right"];
const IS_MAC = /^Mac|^iP/.test(navigator.platform);

const bits = (event) => (event.altKey ? 1 : 0) | (event.ctrlKey ? 2 : 0) | (event.metaKey ? (IS_MAC ? 2 : 4) : 0) | (event.shiftKey ? 8 : 0);
const within = (value, most) => Math.max(0, Math.min(Math.round(value), most));
const code = (event) => (event.keyCode > 0 && event.keyCode < 229 ? event.keyCode : 0);

export class Hands {
  // `send(event)` passes one event on; `leave()` is called when Escape was pressed twice; `paste(text)` types text.
  constructor(canvas, { send, leave, paste, size }) {
    Object.assign(this, { canvas, send, leave, paste, size });
    this.isOn = false;
    this.escapedAt = 0;
    this.move = null;
    this.wheel = null;
    this.timer = 0;
    this.finger = null;
    for (const [name, act] of Object.entries({
      mousedown: (e) => this.#button(e, "mousePressed"),
      mouseup: (e) => this.#button(e, "mouseReleased"),
      mousemove: (e) => this.#moved(e),
      pointerdown: (e) => this.#pointer(e),
      pointermove: (e) => this.#dragged(e),
      pointerup: () => { this.finger = null; },
      pointercancel: () => { this.finger = null; },
      contextmenu: (e) => e.preventDefault(),
      keydown: (e) => this.#down(e),
      keyup: (e) => this.#up(e),
      paste: (e) => this.#pasted(e),
    })) canvas.addEventListener(name, (event) => { if (this.isOn) act(event); });
    canvas.addEventListener("wheel", (event) => { if (this.isOn) this.#scrolled(event); }, { passive: false });
  }

  // Where on the page of the other browser: the picture may be letterboxed, scaled down or shown at full size.
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const { width, height } = this.canvas;
    const scale = Math.min(box.width / width, box.height / height) || 1;
    const [pageWidth, pageHeight] = this.size() ?? [width, height];
    const x = (event.clientX - box.left - (box.width - width * scale) / 2) / scale;
    const y = (event.clientY - box.top - (box.height - height * scale) / 2) / scale;
    return {
      x: within((x * pageWidth) / width, Math.min(pageWidth - 1, MOST_COORDINATE)),
      y: within((y * pageHeight) / height, Math.min(pageHeight - 1, MOST_COORDINATE)),
      isInside: x >= 0 && y >= 0 && x <= width && y <= height,
    };
  }

  type(character) {
    const named = { "\n": ["Enter", 13], "\t": ["Tab", 9] }[character];
    if (named) return this.press(...named);
    this.send({ kind: "keyEvent", eventType: "keyDown", key: character, code: "", text: character, modifiers: 0 });
    return this.send({ kind: "keyEvent", eventType: "keyUp", key: character, code: "", modifiers: 0 });
  }

  press(key, number) {
    const event = { kind: "keyEvent", key, code: key, windowsVirtualKeyCode: number, modifiers: 0 };
    this.send({ ...event, eventType: "rawKeyDown" });
    this.send({ ...event, eventType: "keyUp" });
  }

  #button(event, eventType) {
    event.preventDefault();
    const button = BUTTONS[event.button];
    const { x, y, isInside } = this.point(event);
    if (!button || (eventType === "mousePressed" && !isInside)) return;
    this.canvas.focus({ preventScroll: true });
    this.#flush();
    this.send({ kind: "mouseEvent", eventType, x, y, button, clickCount: Math.min(Math.max(event.detail, 1), 3), modifiers: bits(event) });
  }

  #moved(event) {
    const { x, y, isInside } = this.point(event);
    if (!isInside && !event.buttons) return;
    const button = event.buttons & 1 ? "left" : event.buttons & 2 ? "right" : event.buttons & 4 ? "middle" : "none";
    this.move = { kind: "mouseEvent", eventType: "mouseMoved", x, y, button, clickCount: 0, modifiers: bits(event) };
    this.#soon();
  }

  #scrolled(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? this.canvas.clientHeight : 1;
    this.#turn(event, event.deltaX * unit, event.deltaY * unit);
  }

  // A finger that drags turns the wheel; one that taps becomes a click by the browser's own mouse events.
  #pointer(event) {
    if (event.pointerType === "touch") this.finger = { x: event.clientX, y: event.clientY };
    else this.canvas.setPointerCapture(event.pointerId);
  }

  #dragged(event) {
    if (event.pointerType !== "touch" || !this.finger) return;
    const scale = this.canvas.width / this.canvas.getBoundingClientRect().width || 1;
    this.#turn(event, (this.finger.x - event.clientX) * scale, (this.finger.y - event.clientY) * scale);
    this.finger = { x: event.clientX, y: event.clientY };
  }

  #turn(event, deltaX, deltaY) {
    const { x, y } = this.point(event);
    const before = this.wheel ?? { deltaX: 0, deltaY: 0 };
    this.wheel = { kind: "wheelEvent", x, y, deltaX: before.deltaX + deltaX, deltaY: before.deltaY + deltaY, modifiers: bits(event) };
    this.#soon();
  }

  #soon() {
    if (!this.timer) this.timer = setTimeout(() => this.#flush(), MOVE_EVERY);
  }

  #flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.move) this.send(this.move);
    if (this.wheel) this.send(this.wheel);
    this.move = this.wheel = null;
  }

  #down(event) {
    if (event.isComposing || this.#isPaste(event)) return;
    this.#mine(event);
    if (event.key === "Escape" && !event.repeat) {
      if (event.timeStamp - this.escapedAt < ESCAPE_TWICE_WITHIN) {
        this.escapedAt = 0;
        this.leave();
        return;
      }
      this.escapedAt = event.timeStamp;
    }
    const isText = this.#isText(event);
    const number = code(event);
    this.send({
      kind: "keyEvent", eventType: isText ? "keyDown" : "rawKeyDown", key: event.key, code: event.code, modifiers: isText ? bits(event) & 8 : bits(event),
      ...(isText && { text: event.key }), ...(number && { windowsVirtualKeyCode: number }),
    });
  }

  #up(event) {
    if (event.isComposing || this.#isPaste(event)) return;
    this.#mine(event);
    const number = code(event);
    this.send({ kind: "keyEvent", eventType: "keyUp", key: event.key, code: event.code, modifiers: bits(event), ...(number && { windowsVirtualKeyCode: number }) });
  }

  #isText(event) {
    if ([...event.key].length !== 1) return false;
    return event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || (event.altKey && !IS_MAC));
  }

  #isPaste(event) {
    return (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "v";
  }

  #mine(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  #pasted(event) {
    this.#mine(event);
    this.paste(event.clipboardData?.getData("text/plain") ?? "");
  }
}
