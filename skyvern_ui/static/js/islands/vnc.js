// The browser by VNC while one drives it: noVNC draws it and takes mouse and keys. The socket is ours and already open.
const ESCAPE_TWICE_WITHIN = 900;
const KEYSYMS = { Enter: 0xff0d, Backspace: 0xff08, "\n": 0xff0d, "\t": 0xff09 };

export class VncScreen {
  // `onReady` is called once the picture is there, `onLeave` when Escape was pressed twice.
  constructor(RFB, place, socket, { onReady, onLeave }) {
    this.place = place;
    this.escapedAt = 0;
    this.rfb = new RFB(place, socket, { shared: true });
    this.rfb.scaleViewport = true;
    this.rfb.showDotCursor = true;
    this.rfb.addEventListener("connect", onReady);
    this.onKey = (event) => {
      if (event.key !== "Escape" || event.repeat) return;
      if (event.timeStamp - this.escapedAt < ESCAPE_TWICE_WITHIN) onLeave();
      this.escapedAt = event.timeStamp;
    };
    place.addEventListener("keydown", this.onKey, true);
  }

  focus() {
    this.rfb.focus({ preventScroll: true });
  }

  type(character) {
    const point = character.codePointAt(0);
    this.rfb.sendKey(KEYSYMS[character] ?? (point < 0x100 ? point : 0x01000000 + point), null);
  }

  press(key) {
    this.rfb.sendKey(KEYSYMS[key], key);
  }

  close() {
    this.place.removeEventListener("keydown", this.onKey, true);
    this.rfb.disconnect();
    this.place.replaceChildren();
  }
}
